import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PARAMETERS } from '../../ops/parameters.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const LOCUST = ['loadtest/locustCommand.ts', 'loadtest/requirements.txt'] as const;
const SLS = 'node_modules/serverless/bin/serverless.js';
/** Starting the framework, on a machine that is busy with other tests. */
const TIME_LIMIT_MS = 60_000;

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(path.join(tmpdir(), 'wrong-input-'));
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

interface Case {
  args: string[];
  environment?: Record<string, string>;
  status: number;
  /** Each a line of its own, and all that is said. */
  says: string[];
}

const COUNT = 'must be a whole number from 1 to';

const SLS_CASES: Case[] = [
  {
    args: ['local', '--port=abc', '--quota=0', '--isolation=x', '--env=A', '--unset=a b'],
    environment: { CONSOLE_PORT: '70000' },
    status: 1,
    says: [
      '--port: must be a whole number from 0 to 65535, got "abc"',
      'CONSOLE_PORT: must be a whole number from 0 to 65535, got "70000"',
      '--quota: must be a whole number from 1 to 100000, got "0"',
      '--isolation: must be "function" or "thread", got "x"',
      '--env: must be NAME=VALUE, got "A"',
      '--unset: must be the name of a variable, got "a b"',
    ],
  },
  {
    args: ['local', '--watch=abc', '--data=', '--prot', '1', '--region=mars', '--port'],
    status: 1,
    says: [
      '--watch: takes no value, got "abc"',
      '--data: needs a value, got none',
      '--prot: is no flag of sls local; --help lists them',
      '--region: must be a region of AWS such as us-east-1, got "mars"',
      '--port: needs a value, got none',
    ],
  },
  {
    args: ['workers', 'many', '--stage=local'],
    status: 2,
    says: [`The number of workers: ${COUNT} 1000, got "many"`],
  },
  {
    args: ['workers', '--yes=no', '--counts=3', '--count'],
    status: 2,
    says: [
      '--yes: takes no value, got "no"',
      '--counts: is no flag of sls workers; --help lists them',
      '--count: needs a value, got none',
    ],
  },
  {
    args: ['reconcile', '--wait=long', '--stage=local'],
    status: 2,
    says: ['--wait: must be a whole number from 0 to 86400, got "long"'],
  },
  {
    args: ['reconcile', '--json=1', '--accept=x'],
    status: 2,
    says: [
      '--json: takes no value, got "1"',
      '--accept: is no flag of sls reconcile; --help lists them',
    ],
  },
];

const SALE_CASES: [string, string][] = [
  ['--users=abc', '--users must be a whole number from 1 to 10000, got "abc"'],
  ['--quick=abc', "Option '--quick' does not take an argument"],
  ['--buyers=3', "Unknown option '--buyers'"],
];

/** Both streams to its end, apart. */
function run(args: string[], environment: Record<string, string>): Promise<Case> {
  const env = { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary, ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: ROOT, env }, (_error, stdout, stderr) => {
      const says = `${stdout}${stderr}`.split('\n').filter(Boolean);
      resolve({ args, status: child.exitCode ?? -1, says });
    });
  });
}

describe('What a person sets wrong', () => {
  it.each(SLS_CASES.map((one) => [one.args.join(' '), one] as const))(
    'is a line each, without a stack: sls %s',
    async (_line, { args, environment = {}, ...expected }) => {
      const { status, says } = await run([SLS, ...args], environment);

      expect({ status, says }).toEqual(expected);
      expect(readdirSync(temporary)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'is told of every parameter at once',
    async () => {
      const wrong = Object.fromEntries(PARAMETERS.map((name) => [name, '?']));
      const { status, says } = await run([SLS, 'local'], wrong);

      expect(status).toBe(1);
      expect(says.map((line) => line.split(':')[0]).sort()).toEqual(PARAMETERS.toSorted());
      for (const line of says) expect(line).toMatch(/^[A-Z_]+: must .+, got ("\?"|1)$/);
    },
    TIME_LIMIT_MS,
  );

  it.each(SALE_CASES)(
    'is one line, and exit 2, in npm run sale -- %s',
    async (flag, line) => {
      const { status, says } = await run(['loadtest/saleCommand.ts', flag], {});

      expect({ status, says }).toEqual({ status: 2, says: [line] });
    },
    TIME_LIMIT_MS,
  );

  it(
    'is one line in npm run sale, before it starts anything',
    async () => {
      const { status, says } = await run(['loadtest/saleCommand.ts'], { WORKER_COUNT: 'abc' });

      expect({ status, says }).toEqual({
        status: 2,
        says: [`WORKER_COUNT: ${COUNT} 1000, got "abc"`],
      });
    },
    TIME_LIMIT_MS,
  );

  it(
    'is one line in npm run locust where there is no Python',
    async () => {
      const copy = path.join(temporary, 'copy');
      for (const name of ['common', 'package.json', ...LOCUST])
        cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
      const { status, says } = await run([path.join(copy, LOCUST[0])], { PATH: '/nowhere' });

      expect({ status, says }).toEqual({
        status: 2,
        says: [expect.stringMatching(/^This needs Python 3\.10 or newer as python3 on the PATH/)],
      });
    },
    TIME_LIMIT_MS,
  );
});
