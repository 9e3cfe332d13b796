import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.ts';

describe('The flags of sls local', () => {
  it('have defaults that a newcomer needs no flag for', () => {
    expect(readOptions({ port: null }, {})).toEqual({
      port: 8080,
      consolePort: 8081,
      host: '127.0.0.1',
      dataDirectory: undefined,
      watch: false,
      accountQuota: 1000,
      isolation: 'function',
      readyFile: '.local/ready.json',
      set: {},
      unset: [],
      readOnly: false,
    });
  });

  it('outrank PORT and CONSOLE_PORT', () => {
    const environment = { PORT: '9000', CONSOLE_PORT: '9001' };

    expect(readOptions({}, environment)).toMatchObject({ port: 9000, consolePort: 9001 });
    expect(readOptions({ port: '0' }, environment)).toMatchObject({ port: 0, consolePort: 9001 });
  });

  it('set and unset variables of every function', () => {
    expect(readOptions({ env: ['A=1', 'B=x=y', 'C='], unset: ['D'] }, {})).toMatchObject({
      set: { A: '1', B: 'x=y', C: '' },
      unset: ['D'],
    });
  });

  it('are refused together, each with its rule and what came', () => {
    const flags = { port: 'http', quota: '0', isolation: 'process', env: ['A'], host: '0.0.0.0' };

    expect(() => readOptions(flags, {})).toThrow(
      /--port: must be a port number, got "http"[\s\S]*--host: must be a loopback address, got "0.0.0.0"[\s\S]*--quota[\s\S]*--isolation[\s\S]*--env: must be NAME=VALUE/,
    );
  });
});
