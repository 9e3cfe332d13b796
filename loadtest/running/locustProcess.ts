import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LoadPhase } from './phasePlan.ts';

/** What the buyers of a phase with a stock buy. */
export const STOCKED_ITEM = 'last-one';

/** Longer than the gateway takes for any answer, so that no order is left unanswered. */
const STOP_TIMEOUT_SECONDS = 35;
/** Locust counts its run time from before the first buyer; the phase's window is cut to length afterwards. */
const START_ALLOWANCE_SECONDS = 1;
const KILL_AFTER_MS = 5000;

export interface LocustRun {
  command: string;
  folder: string;
  url: string;
  seed: number;
  maxOrders: number | undefined;
  signal: AbortSignal;
}

/** Runs one phase's buyers to their end; what they saw is in the request log. Stopped by `signal`, it throws its reason. */
export async function runLocust(phase: LoadPhase, run: LocustRun): Promise<void> {
  run.signal.throwIfAborted();
  const requestLog = requestLogFile(run.folder, phase);
  // Its processes append to it, and the orders of an earlier run into this folder are none of this one's.
  rmSync(requestLog, { force: true });
  const outputFile = join(run.folder, `locust-${phase.id}.log`);
  const output = openSync(outputFile, 'w');
  const child = spawn(run.command, argsOf(phase, run.url), {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...process.env, ...environmentOf(phase, run), REQUEST_LOG: requestLog },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const end = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };
  run.signal.addEventListener('abort', end);
  const [code] = (await once(child, 'close')) as [number | null];
  run.signal.removeEventListener('abort', end);
  run.signal.throwIfAborted();
  if (code !== 0)
    throw new Error(
      `Locust ended with exit code ${code}.\nIts output ends with:\n${readFileSync(outputFile, 'utf8').trim().slice(-1500)}`,
    );
}

export const requestLogFile = (folder: string, { id }: { id: string }): string =>
  join(folder, `requests-${id}.jsonl`);

function argsOf({ way, users, spawnRate, seconds }: LoadPhase, url: string): string[] {
  return [
    ...['-f', way === 'sync' ? 'locustfile.py' : 'async_test.py', '--headless', '--only-summary'],
    ...['--host', url, '--users', String(users), '--spawn-rate', String(spawnRate)],
    ...[
      '--run-time',
      `${seconds + START_ALLOWANCE_SECONDS}s`,
      '--stop-timeout',
      String(STOP_TIMEOUT_SECONDS),
    ],
    // Failed answers are results here; Locust fails the run only when it cannot go on.
    ...['--exit-code-on-error', '0'],
  ];
}

function environmentOf(phase: LoadPhase, run: LocustRun): Record<string, string> {
  const [least, most] = phase.waitSeconds;
  return {
    SEED: String(run.seed),
    WAY: phase.way === 'sync' ? '' : phase.way,
    WAIT_MIN_SECONDS: String(least),
    WAIT_MAX_SECONDS: String(most),
    MAX_ORDERS: String(run.maxOrders ?? 0),
    RUN_ID: '',
    STOCKED_ITEM: phase.stock === undefined ? '' : STOCKED_ITEM,
  };
}
