import type { OrderService } from '../../../contracts/orderPanelsApi.ts';
import {
  type ByWay,
  byWay,
  type OrderCount,
  type OrderSample,
} from '../../../contracts/orderSample.ts';
import type { Sample } from '../../../contracts/sample.ts';
import type { Way } from '../../../lib/domain/order.ts';
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

/** How often a second something happened, over the last seconds. */
export function rateOf(samples: OrderSample[], count: (sample: OrderSample) => number): number {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const seconds = sumOf(recent, (sample) => sample.seconds);
  return seconds > 0 ? sumOf(recent, count) / seconds : 0;
}

/** Orders a second, by way, over the last seconds. */
export const rates = (samples: OrderSample[], count: OrderCount): ByWay =>
  byWay((way) => rateOf(samples, (sample) => sample[count][way]));

/** Orders of all samples, by way. */
export const total = (samples: OrderSample[], count: OrderCount): ByWay =>
  byWay((way) => sumOf(samples, (sample) => sample[count][way]));

/** Seconds from acceptance to completion, of the orders completed in the last seconds. */
export function meanWait(samples: OrderSample[], way: Way): number | undefined {
  const recent = lastSeconds(samples, RATE_SECONDS);
  const count = total(recent, 'completed')[way];
  const sumMs = sumOf(
    recent,
    ({ completed, completionMs }) => completed[way] * (completionMs[way] ?? 0),
  );
  return count > 0 ? sumMs / count / 1000 : undefined;
}

/** Messages in both dead-letter queues. */
export const deadLetterCount = (
  sample: Sample | undefined,
  { orderDeadLetters, directDeadLetters }: OrderService['orderQueues'],
): number => depthOf(sample, orderDeadLetters) + depthOf(sample, directDeadLetters);

const sumOf = (samples: OrderSample[], figure: (sample: OrderSample) => number): number =>
  samples.reduce((sum, sample) => sum + figure(sample), 0);
