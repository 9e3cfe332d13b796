import type { OrderService } from '../../../contracts/orderApi.ts';
import type { ByWay, OrderSample } from '../../../contracts/orderSample.ts';
import type { Sample } from '../../../contracts/sample.ts';
import { WAYS, type Way } from '../../../lib/domain/order.ts';
import { lastSeconds } from '../../page/feed.ts';

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

export type Count =
  | 'accepted'
  | 'completed'
  | 'declined'
  | 'cancelled'
  | 'refused'
  | 'attemptsFailed';

/** Orders a second, by way, over the last seconds. */
export function rates(samples: OrderSample[], count: Count): ByWay {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const seconds = recent.reduce((sum, sample) => sum + sample.seconds, 0);
  const counts = total(recent, count);
  return byWay((way) => (seconds > 0 ? counts[way] / seconds : 0));
}

/** Orders of all samples, by way. */
export const total = (samples: OrderSample[], count: Count): ByWay =>
  byWay((way) => samples.reduce((sum, sample) => sum + sample[count][way], 0));

/** Seconds from acceptance to completion, of the orders completed in the last seconds. */
export function meanWait(samples: OrderSample[], way: Way): number | undefined {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const count = total(recent, 'completed')[way];
  const sumMs = recent.reduce(
    (sum, { completed, completionMs }) => sum + completed[way] * (completionMs[way] ?? 0),
    0,
  );
  return count > 0 ? sumMs / count / 1000 : undefined;
}

/** Messages in both dead-letter queues. */
export const deadLetterCount = (
  sample: Sample | undefined,
  { orderDeadLetters, directDeadLetters }: OrderService['orderQueues'],
): number => depthOf(sample, orderDeadLetters) + depthOf(sample, directDeadLetters);

function byWay(figure: (way: Way) => number): ByWay {
  const [sync, queued, direct] = WAYS.map(figure) as [number, number, number];
  return { sync, queued, direct };
}
