import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { readOptions } from './simulateOptions.ts';

/** Each starts a process or two. */
jest.setTimeout(60_000);

const simulate = (...args: string[]) => {
  const command = path.join(import.meta.dirname, 'simulateCommand.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args]);
  return { status, stdout: String(stdout), stderr: String(stderr) };
};

describe('npm run simulate', () => {
  it('tells a failure as a story that anybody can repeat, and exits 0 for a wrong service that was found', () => {
    const args = ['--wrong', 'does-not-write-the-promise', '--seed', '10'];
    const { status, stdout } = simulate(...args);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +1\. +\d+\.\d{3} s {2}buyer \d+ sends order \d+/m);
    expect(stdout).toContain('=> order 18: it was accepted, and is cancelled');
    expect(stdout).toContain(`Again: npm run simulate -- --seed 10 ${args.slice(0, 2).join(' ')}`);
  });

  it('exits 1 where a wrong service was not found', () => {
    const { status, stdout } = simulate(
      '--wrong',
      'does-not-write-the-promise',
      '--runs',
      '1',
      '--json',
    );

    expect([status, JSON.parse(stdout).found]).toEqual([
      1,
      [{ wrong: 'does-not-write-the-promise', within: 1 }],
    ]);
  });

  it('refuses what is no option in one line, and exits 2', () => {
    const { status, stderr } = simulate('--seeds', '5');

    expect([status, stderr]).toEqual([2, expect.stringMatching(/^Unknown option '--seeds'.*\n$/)]);
  });
});

describe('the options of simulate', () => {
  it.each([
    [['--seed', 'x'], '--seed must be a whole number from 0 up, got "x"'],
    [['--runs', '0'], '--runs must be a whole number from 1 up, got "0"'],
    [['--minutes=-1'], '--minutes must be a number from 0 up, got "-1"'],
    [['--wrong', 'x'], '--wrong must be all or one of'],
    [['--minutes', '-1'], "Option '--minutes' argument is ambiguous."],
    [['--rate', '5'], '--rate and --calm are of a sale'],
    [['5'], "Unexpected argument '5'."],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it.each([
    [[], { from: 1, runs: undefined, minutes: 1 }],
    [['--seed', '42'], { from: 42, runs: 1, minutes: undefined }],
    [['--seed', '42', '--minutes', '2'], { from: 42, runs: undefined, minutes: 2 }],
    [
      ['--sale', '60'],
      { runs: 1, minutes: undefined, sale: { seconds: 60, rate: 60, hasFaults: true } },
    ],
    [['--runs', '10000'], { from: 1, runs: 10_000, minutes: undefined }],
  ])('%j bound the runs', (args, bounds) => {
    expect(readOptions(args)).toMatchObject(bounds);
  });
});
