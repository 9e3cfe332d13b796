import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { guard } from './guard.ts';

const request = (method: string, headers: Record<string, string>) =>
  ({ method, headers: { host: '127.0.0.1:8081', ...headers } }) as unknown as IncomingMessage;

describe('The console', () => {
  it('answers programs and its own page', () => {
    expect(() => guard(request('GET', {}), false)).not.toThrow();
    expect(() => guard(request('POST', {}), false)).not.toThrow();
    const own = { origin: 'http://127.0.0.1:8081', 'sec-fetch-site': 'same-origin' };
    expect(() => guard(request('PUT', own), false)).not.toThrow();
    expect(() => guard(request('GET', { host: 'localhost:8081' }), false)).not.toThrow();
  });

  it.each([
    ['a name that somebody pointed at this machine', 'GET', { host: 'evil.example:8081' }],
    ['a page of another origin', 'POST', { origin: 'http://evil.example' }],
    ['a page on another port', 'DELETE', { origin: 'http://127.0.0.1:3000' }],
    ['a sandboxed frame', 'POST', { origin: 'null' }],
    ['a request that the browser calls cross-site', 'PUT', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses %s', (_who, method, headers) => {
    expect(() => guard(request(method, headers), false)).toThrow(/must/);
  });

  it('changes nothing when it only shows', () => {
    expect(() => guard(request('GET', {}), true)).not.toThrow();
    expect(() => guard(request('PUT', {}), true)).toThrow(/--read-only/);
  });
});
