import { describe, expect, it } from '@jest/globals';
import aws4 from 'aws4';
import { requestSigner } from './signature.ts';

const NOW = new Date('2026-11-27T12:00:00.123Z');
const about = { region: 'eu-west-1', service: 'dynamodb' };
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
const headers = {
  host: 'dynamodb.eu-west-1.amazonaws.com',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.PutItem',
};

describe('a signature', () => {
  it.each([
    ['a key of its own', '/', '{}', undefined],
    ['a session', '/', '{"a":"1"}', 'a session token'],
    ['letters beyond ASCII', '/', '{"a":"Ünü 🛒"}', undefined],
    ['a path', '/dynamodb/', '{}', undefined],
  ])('with %s is the one that another implementation makes', (_, path, body, sessionToken) => {
    const signed = requestSigner({ ...keys, sessionToken }, { ...about, path })(headers, body, NOW);

    const { 'x-amz-date': date = '' } = signed;
    const request = {
      ...about,
      method: 'POST',
      path,
      body,
      headers: { ...headers, 'x-amz-date': date },
    };
    // It signs the length as well, unless it is told not to; its types do not know that.
    const unsigned = { extraHeadersToIgnore: { 'content-length': true } };
    const other = aws4.sign(Object.assign(request, unsigned), {
      ...keys,
      ...(sessionToken && { sessionToken }),
    });
    expect(date).toBe('20261127T120000Z');
    expect(signed.authorization).toBe(other.headers?.Authorization);
  });

  it('uses the key of its day', () => {
    const sign = requestSigner({ ...keys, sessionToken: undefined }, { ...about, path: '/' });
    const anew = requestSigner({ ...keys, sessionToken: undefined }, { ...about, path: '/' });
    const nextDay = new Date('2026-11-28T00:00:00Z');
    sign(headers, '{}', NOW);

    expect(sign(headers, '{}', nextDay)).toEqual(anew(headers, '{}', nextDay));
  });
});
