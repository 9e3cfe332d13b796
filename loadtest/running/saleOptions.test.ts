import { describe, expect, it } from '@jest/globals';
import { readOptions } from './saleOptions.ts';

const phaseIds = (...args: string[]) => readOptions(args).phases.map(({ id }) => id);

describe('readOptions', () => {
  it("takes the document's phases and numbers by default", () => {
    const { users, workers, phases } = readOptions([]);

    expect({ users, workers }).toEqual({ users: 20, workers: 20 });
    expect(phases.map(({ id, seconds }) => `${id}:${seconds}`)).toEqual([
      '0:0',
      '1a:30',
      '1b:60',
      '3:60',
      '5a:0',
      '5b:60',
      '6:60',
    ]);
  });

  it('takes a phase by its number or its letter, in the order of the document', () => {
    expect(phaseIds('--phases', '6, 1')).toEqual(['1a', '1b', '6']);
    expect(phaseIds('--phases', '5b')).toEqual(['5b']);
  });

  it('adds the phase of a stock where one is asked for', () => {
    expect(phaseIds('--stock', '500').at(-1)).toBe('7');
    const [phase] = readOptions(['--stock', '500', '--phases', '7']).phases;
    expect(phase).toMatchObject({ name: 'A stock of 500 units', stock: 500, drains: true });
  });

  it('brings phase 3 along where 5a drains its backlog', () => {
    expect(phaseIds('--phases', '5a')).toEqual(['3', '5a']);
  });

  it('gives every load the length asked for, and the normal day half of it', () => {
    const { phases } = readOptions(['--seconds', '41', '--quick']);

    expect(phases.map(({ seconds }) => seconds)).toEqual([0, 21, 41, 41, 0, 41, 41]);
  });

  it.each([
    [['--phases', '2'], '--phases must list some of 0, 1a, 1b, 3, 5a, 5b, 6, got "2"'],
    [['--phases', '7'], 'got "7"'],
    [['--stock', '0'], '--stock must be a whole number from 1 to 1000000, got "0"'],
    [['--users', '0'], '--users must be a whole number from 1 to 10000, got "0"'],
    [['--seconds', '1.5'], '--seconds must be a whole number from 15 to 3600, got "1.5"'],
    [['--url', 'localhost:8080'], '--url must be an http or https address, got "localhost:8080"'],
    [
      ['--url', 'http://x', '--stage', 'dev'],
      '--url and --stage exclude each other: a stage knows its own address',
    ],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('names an option that it does not know', () => {
    expect(() => readOptions(['--user', '5'])).toThrow(/'--user'/);
  });
});
