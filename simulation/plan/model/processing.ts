import type { FunctionKey } from '../../../ops/serviceNames.ts';
import { batchMs } from '../../../ops/workers/batchTime.ts';
import { longestOf } from '../inputs/paymentTime.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import { functionTimes } from './functionTimes.ts';
import { MAPPING_INVOCATIONS, PROVISIONED_INVOCATIONS } from './quotas.ts';

/** How a way pays its orders. */
export interface Processing {
  key: FunctionKey;
  batchSize: number;
  /** For so long a batch gathers that is not full. */
  windowSeconds: number;
  firstExecutions: number;
  moreASecond: number;
  mostExecutions: number;
  /** Without a free execution orders are refused, or they wait for so long at the most. */
  longestWaitSeconds: number;
  secondsOf: (batch: number) => number;
}

const DAY_SECONDS = 86_400;
/** `maximumEventAge` of the manifest, and the queue's `MessageRetentionPeriod`. */
const LONGEST_WAIT_SECONDS = { direct: DAY_SECONDS / 4, queued: 4 * DAY_SECONDS };

export function processingOf(settings: PlanSettings): Processing {
  const { way, sizing, payment, quota } = settings;
  const { orderMs } = functionTimes(sizing.memoryMb, way);
  const secondsOf = (batch: number) =>
    batchMs(batch, longestOf(payment, batch) * 1000, orderMs) / 1000;
  const single = {
    batchSize: 1,
    windowSeconds: 0,
    moreASecond: 0,
    secondsOf: () => payment.meanSeconds + orderMs / 1000,
  };
  const allAtOnce = (reserved: number | null) => ({
    firstExecutions: reserved ?? quota,
    mostExecutions: reserved ?? quota,
  });
  if (way === 'sync')
    return {
      ...single,
      key: 'orderSync',
      ...allAtOnce(sizing.sync.reservedConcurrency),
      longestWaitSeconds: 0,
    };
  if (way === 'direct')
    return {
      ...single,
      key: 'topicProcessor',
      ...allAtOnce(sizing.direct.reservedConcurrency),
      longestWaitSeconds: LONGEST_WAIT_SECONDS.direct,
    };
  return {
    ...workerPace(settings),
    key: 'queueWorker',
    secondsOf,
    longestWaitSeconds: LONGEST_WAIT_SECONDS.queued,
  };
}

/** The mapping's usual mode begins small; provisioned pollers are there from the first second. */
function workerPace({ sizing, pollers, quota }: PlanSettings) {
  const { first, moreASecond, most } = MAPPING_INVOCATIONS;
  const { workers, batchWindowSeconds: windowSeconds } = sizing;
  const { batchSize, concurrency, reservedConcurrency } = workers;
  const bound = reservedConcurrency ?? quota;
  if (pollers === undefined) {
    const mostExecutions = Math.min(concurrency, most, bound);
    const firstExecutions = Math.min(first, mostExecutions);
    return { batchSize, windowSeconds, firstExecutions, mostExecutions, moreASecond };
  }
  const mostExecutions = Math.min(pollers * PROVISIONED_INVOCATIONS.perPoller, bound);
  return {
    ...{ batchSize, windowSeconds, firstExecutions: mostExecutions, mostExecutions },
    moreASecond: PROVISIONED_INVOCATIONS.moreASecond,
  };
}
