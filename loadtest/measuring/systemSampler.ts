import { setTimeout as sleep } from 'node:timers/promises';
import { sum } from '../../common/statistics.ts';
import {
  type FunctionStats,
  type FunctionTimes,
  runtimeStatsSchema,
} from '../../contracts/runtimeStats.ts';
import { queueDepth } from '../../ops/reconciliation/messageReader.ts';
import type { Stage } from '../../ops/stage.ts';

/** What is followed of a function from second to second. */
export type FunctionCounts = Pick<
  FunctionStats,
  'concurrent' | 'throttles' | 'coldStarts' | 'billedGbSeconds'
> &
  Partial<FunctionTimes>;

/** What Lambda counts since its start, by the manifest's function keys; asynchronous events of all functions. */
export interface RuntimeCounts {
  functions: Record<string, FunctionCounts>;
  async: { waiting: number; running: number };
}

/** The system's state at one moment; `at` is in seconds since 1970. */
export interface SystemSample {
  at: number;
  visible: number;
  inFlight: number;
  deadLettered: number;
  /** null where Lambda cannot be asked every second (on AWS). */
  runtime: RuntimeCounts | null;
}

export interface Sampler {
  samples: SystemSample[];
  latest(): SystemSample | undefined;
  /** Fires when the system stopped answering. */
  lost: AbortSignal;
  /** Takes a last sample: what the last part of a second brought counts too. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 1000;
/** One slow reading is no reason to give up; so many in a row are. */
export const MISSES_UNTIL_LOST = 5;
const ASK_LIMIT_MS = 2000;

/** Takes a sample at once, then every second, and one when it is stopped. */
export function startSampler(
  take: () => Promise<SystemSample>,
  onSample: (sample: SystemSample) => void = () => {},
): Sampler {
  const samples: SystemSample[] = [];
  const lost = new AbortController();
  const stopped = new AbortController();
  let misses = 0;
  const tick = async () => {
    try {
      const sample = await take();
      samples.push(sample);
      misses = 0;
      onSample(sample);
    } catch (error) {
      misses += 1;
      if (misses === MISSES_UNTIL_LOST)
        lost.abort(
          new Error(`No sample could be taken ${misses} times: ${(error as Error).message}`),
        );
    }
  };
  const done = everyInterval(tick, stopped.signal);
  return {
    samples,
    latest: () => samples.at(-1),
    lost: lost.signal,
    async stop() {
      stopped.abort();
      await done;
      await tick();
    },
  };
}

/** Keeps to the beat of the first tick: a slow tick delays no later one. */
async function everyInterval(tick: () => Promise<void>, stopped: AbortSignal): Promise<void> {
  const start = performance.now();
  while (!stopped.aborted) {
    await tick();
    const sinceBeat = (performance.now() - start) % INTERVAL_MS;
    await sleep(INTERVAL_MS - sinceBeat, undefined, { signal: stopped }).catch(() => {});
  }
}

/** Queue depths from SQS and, where the stage runs on this machine, what its Lambda counts. */
export async function takeSample({ clients, outputs, runtime }: Stage): Promise<SystemSample> {
  const abortSignal = AbortSignal.timeout(ASK_LIMIT_MS);
  const depthOf = async (url: string) => {
    const { waiting, inFlight } = await queueDepth(clients.sqs, url, { abortSignal });
    return { visible: waiting || 0, inFlight: inFlight || 0 };
  };
  const [queue, deadQueued, deadDirect, stats] = await Promise.all([
    depthOf(outputs.OrderQueueUrl),
    depthOf(outputs.OrderDeadLetterQueueUrl),
    depthOf(outputs.DirectDeadLetterQueueUrl),
    runtime === undefined ? null : runtimeCounts(runtime.console),
  ]);
  return {
    at: Date.now() / 1000,
    ...queue,
    deadLettered:
      deadQueued.visible + deadQueued.inFlight + deadDirect.visible + deadDirect.inFlight,
    runtime: stats,
  };
}

async function runtimeCounts(console: string): Promise<RuntimeCounts> {
  const response = await fetch(new URL('/api/stats', console), {
    signal: AbortSignal.timeout(ASK_LIMIT_MS),
  });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  const { functions, async: events } = runtimeStatsSchema.parse(await response.json());
  const queues = Object.values(events);
  return {
    functions,
    async: {
      waiting: sum(queues.map(({ waiting }) => waiting)),
      running: sum(queues.map(({ running }) => running)),
    },
  };
}
