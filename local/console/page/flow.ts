import { type ByWay, type Sample, WAYS, type Way } from '../sample.ts';

/** Rates are over so many seconds: short enough to follow a change of workers, long enough for whole batches. */
const RATE_SECONDS = 10;

export type Drain =
  | { state: 'empty' }
  | { state: 'draining'; seconds: number }
  | { state: 'growing'; perSecond: number }
  | { state: 'standing' };

/** How the queue goes on at the rate of the last seconds. */
export function drainOf(samples: Sample[], queue: string): Drain {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const [first, last] = [recent[0], recent.at(-1)];
  const depth = depthOf(last, queue);
  if (!first || !last || depth === 0) return { state: 'empty' };
  const elapsedSeconds = (last.at - first.at) / 1000;
  const perSecond = elapsedSeconds > 0 ? (depth - depthOf(first, queue)) / elapsedSeconds : 0;
  if (perSecond > 0.05) return { state: 'growing', perSecond };
  if (perSecond < -0.05) return { state: 'draining', seconds: Math.ceil(depth / -perSecond) };
  return { state: 'standing' };
}

const depthOf = (sample: Sample | undefined, queue: string): number => {
  const depth = sample?.queues[queue];
  return depth ? depth.visible + depth.inFlight : 0;
};

type Count = 'accepted' | 'completed' | 'declined' | 'cancelled' | 'refused';

/** Orders a second, by way, over the last seconds. */
export function rates(samples: Sample[], count: Count): ByWay {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const seconds = recent.reduce((sum, sample) => sum + sample.seconds, 0);
  const rate = (way: Way) =>
    seconds > 0 ? recent.reduce((sum, sample) => sum + sample[count][way], 0) / seconds : 0;
  const [sync, queued, direct] = WAYS.map(rate) as [number, number, number];
  return { sync, queued, direct };
}

export function lastSeconds(samples: Sample[], seconds: number): Sample[] {
  const from = (samples.at(-1)?.at ?? 0) - seconds * 1000;
  const start = samples.findIndex(({ at }) => at >= from);
  return start < 0 ? [] : samples.slice(start);
}
