import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../common/usageError.ts';
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
      jwksFile: undefined,
      isolation: 'function',
      readyFile: '.local/ready.json',
      set: {},
      parameters: {},
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

  it('are refused together, each in a line with its rule and what came', () => {
    const flags = { port: 'http', quota: '0', isolation: 'process', env: ['A'], host: '0.0.0.0' };

    expect(() => readOptions(flags, { CONSOLE_PORT: '-1' })).toThrow(
      new UsageError(
        [
          '--port: must be a whole number from 0 to 65535, got "http"',
          'CONSOLE_PORT: must be a whole number from 0 to 65535, got "-1"',
          '--host: must be 127.0.0.1, localhost or ::1, got "0.0.0.0"',
          '--quota: must be a whole number from 1 to 100000, got "0"',
          '--isolation: must be "function" or "thread", got "process"',
          '--env: must be NAME=VALUE, got "A"',
        ].join('\n'),
      ),
    );
  });

  it.each([
    ['port', ['65536', '-1', '80.5', ' ', '1e3', '0x50']],
    ['console-port', ['65536', 'eighty']],
    ['host', ['0.0.0.0', '192.168.0.1', 'example.com']],
    ['quota', ['0', '100001', '1.5', 'all']],
    ['isolation', ['process', 'Thread']],
    ['dynamodb-url', ['localhost:8000', 'ftp://localhost', 'tables']],
    ['env', [['=1'], ['1A=1'], ['A']]],
    ['unset', [['A=1'], ['a b']]],
  ])('are refused when --%s breaks its rule', (flag, values) => {
    for (const value of values) {
      const given = JSON.stringify([value].flat()[0]);
      expect(() => readOptions({ [flag]: value }, {})).toThrow(
        new RegExp(`^--${flag}: must be .*, got ${given}$`),
      );
    }
  });

  it.each(['PORT', 'CONSOLE_PORT'])('have rules that hold for %s too', (name) => {
    expect(() => readOptions({}, { [name]: 'abc' })).toThrow(
      new RegExp(`^${name}: must be a whole number from 0 to 65535, got "abc"$`),
    );
  });
});
