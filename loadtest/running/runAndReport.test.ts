import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LocalService } from '../../ops/localServiceProcess.ts';
import type { Stage } from '../../ops/stage.ts';
import { drawAgain, readResults } from '../report/resultFiles.ts';
import { runOnStage } from './runAndReport.ts';
import type { RunContext } from './runContext.ts';
import { readOptions } from './saleOptions.ts';

const silent = { line() {}, status() {} };
const script = (name: string) => join(import.meta.dirname, '../testing', name);
let folder: string;
let printed: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sale-'));
  const run = `exec '${process.execPath}' '${script('fakeLocust.ts')}' "$@"`;
  await writeFile(join(folder, 'locust'), `#!/bin/sh\n${run}\n`, { mode: 0o755 });
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const name of ['FAKE_LOAD', 'FAKE_SERVED', 'FAKE_ORDERS']) delete process.env[name];
  await rm(folder, { recursive: true });
});

/** Runs phases with the fake Locust; gives the exit status of the command. */
function runAgainst(
  context: Partial<RunContext>,
  options: string[],
  environment: Record<string, string>,
): Promise<number> {
  Object.assign(process.env, environment);
  const tools = { folder, command: (name: string) => join(folder, name), version: () => '2.0' };
  const bare = { kind: 'url', url: 'http://127.0.0.1:9', stage: null, folder, seed: 1 } as const;
  const signal = new AbortController().signal;
  return runOnStage(
    { tools, context: { ...bare, progress: silent, signal, ...context } },
    { settings: readOptions(options), args: options, older: null, startedMs: 0 },
  );
}

/** A stage whose queues answer, until `gone`; its tables never do. */
function dyingStage(areQueuesThere: boolean, gone: AbortController): Stage {
  const refuse = async () => {
    setTimeout(() => gone.abort(new Error('The service was ended by SIGKILL.')), 50);
    throw new Error('connect ECONNREFUSED');
  };
  const clients = {
    sqs: { send: areQueuesThere ? async () => ({}) : refuse },
    dynamodb: { send: refuse },
  };
  return { name: 'local', clients, outputs: {}, runtime: undefined } as unknown as Stage;
}

describe('a sale', () => {
  it.each([
    ['holds, with exit status 0', '0.2', 'holds', 0],
    [
      'does not hold, with exit status 1, where 6 payments are taken at a time',
      '0.27',
      'does not hold',
      1,
    ],
  ])('%s', async (_, FAKE_SERVED, verdict, status) => {
    const options = ['--quick', '--phases', '1b'];

    expect(await runAgainst({}, options, { FAKE_SERVED, FAKE_ORDERS: '165' })).toBe(status);

    const { claims } = await readResults(folder);
    expect(claims.find(({ id }) => id === 2)?.verdict).toBe(verdict);
    expect(printed).toContain(`2  ${verdict}`);
  });

  it('says that it broke when its service is killed in mid-phase, and keeps what it measured', async () => {
    const service = new LocalService({
      script: join(import.meta.dirname, '../../ops/testing/fakeService.ts'),
    });
    const { pid } = await service.start();
    const status = runAgainst({ signal: service.gone }, ['--phases', '1'], {
      FAKE_LOAD: 'endless',
    });
    while (!existsSync(join(folder, 'requests-1a.jsonl'))) await sleep(20);
    await sleep(100);

    process.kill(pid, 'SIGKILL');

    expect(await status).toBe(2);
    await service.remove();
    const { broken, phases, claims } = await readResults(folder);
    expect(broken).toMatchObject({
      phase: '1a',
      reason: expect.stringMatching(/^The service was ended by SIGKILL\.\nIts log /),
    });
    expect(phases).toMatchObject([
      {
        id: '1a',
        note: 'broken off: The service was ended by SIGKILL.',
        summary: { load: { answered: 400, accepted: 80, refused: 320 } },
      },
    ]);
    expect(claims[0]).toMatchObject({
      verdict: 'not measured',
      why: 'Phase 1a was broken off: The service was ended by SIGKILL.',
    });
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain(
      'The run broke in phase 1a: The service was ended by SIGKILL.',
    );
    expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain(
      'The run broke in phase 1a: The service was ended by SIGKILL. `npm run sale',
    );
  });

  it.each([
    ['before the load of a phase', false, null],
    ['when its orders are read', true, 400],
  ])('says so as well when the service dies %s', async (_, areQueuesThere, answered) => {
    const gone = new AbortController();
    const stage = dyingStage(areQueuesThere, gone);

    const status = await runAgainst({ stage, signal: gone.signal }, ['--phases', '6'], {});

    const { broken, phases } = await readResults(folder);
    expect(status).toBe(2);
    expect(broken).toEqual({ phase: '6', reason: 'The service was ended by SIGKILL.' });
    expect(phases[0]).toMatchObject({ note: 'broken off: The service was ended by SIGKILL.' });
    expect(phases[0]?.summary.load?.answered ?? null).toBe(answered);
  });

  it('writes the accepted orders as reconcile reads them', async () => {
    await runAgainst({}, ['--quick', '--phases', '1b'], { FAKE_ORDERS: '10' });

    expect(await readFile(join(folder, 'accepted-1b.txt'), 'utf8')).toBe('order-5\norder-10\n');
  });

  it('judges nothing by a phase that the limit of orders cut short', async () => {
    const options = ['--quick', '--phases', '1', '--max-orders', '100'];

    expect(await runAgainst({}, options, { FAKE_ORDERS: '100' })).toBe(0);

    const { phases, claims } = await readResults(folder);
    expect(phases.map(({ note }) => note)).toEqual([
      'cut short: the limit of 100 orders is reached',
      'not run: the limit of 100 orders is reached',
    ]);
    expect(claims[0]).toMatchObject({
      verdict: 'not measured',
      why: 'Phase 1a was cut short: the limit of 100 orders is reached.',
    });
  });
});

describe('a sale that is only drawn again', () => {
  beforeEach(async () => {
    await runAgainst({}, ['--quick', '--phases', '1b'], { FAKE_SERVED: '0.5' });
    printed = '';
  });

  it('prints its table, and gives its exit status', async () => {
    expect(await drawAgain(folder, readOptions(['--report', folder]), silent)).toBe(1);

    expect(printed).toContain('2  does not hold');
  });

  it('prints one JSON document with --json', async () => {
    await drawAgain(folder, readOptions(['--report', folder, '--json']), silent);

    expect(JSON.parse(printed)).toEqual(await readResults(folder));
  });
});
