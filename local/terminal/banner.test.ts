import { describe, expect, it } from '@jest/globals';
import { lambdaFunction, read } from '../template/testing/template.ts';
import { banner } from './banner.ts';

const ready = (api: string) => ({
  pid: 1,
  api,
  console: 'http://127.0.0.1:8081',
  endpoints: { sns: 's', sqs: 'q', dynamodb: 'd', lambda: 'l' },
  outputs: {},
});
const lastLine = (text: string) => text.split('\n').at(-1);

describe('The banner', () => {
  it.each([
    ['http://127.0.0.1:8080', 'Ready: http://localhost:8080'],
    ['http://localhost:8080', 'Ready: http://localhost:8080'],
    ['http://[::1]:9090', 'Ready: http://[::1]:9090'],
  ])('of a service on %s ends with the line that scripts wait for', (api, line) => {
    expect(lastLine(banner(ready(api), read({}), '1.0.0'))).toBe(line);
  });

  it('names the console where there is no HTTP API', () => {
    const text = banner(ready(''), read({}), '1.0.0');

    expect(text).not.toContain('  API ');
    expect(lastLine(text)).toBe('Ready: http://localhost:8081');
  });

  it('warns that a shell which took its exports would deploy to this machine', () => {
    const text = banner(ready('http://127.0.0.1:8080'), read({}), '1.0.0');

    expect(text).toMatch(
      /export AWS_ENDPOINT_URL_SNS=s[\s\S]*stay in that shell: sls deploy would/,
    );
  });

  it('lists what is not run', () => {
    const model = read({ Worker: lambdaFunction({ Layers: ['x'] }) });

    expect(banner(ready('http://127.0.0.1:8080'), model, '1.0.0')).toContain(
      'not run here:\n  AWS::Lambda::Function Layers: the function runs without its layers\n',
    );
  });
});
