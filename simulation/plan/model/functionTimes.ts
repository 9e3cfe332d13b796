import { shareOfACore } from '../../../common/cpuShare.ts';
import type { Way } from '../../../lib/domain/order.ts';
import { OPEN_SHARDS } from '../../../lib/domain/order.ts';
import { type CountedWay, readCounted } from '../../../ops/cost/counted.ts';
import { PAID_ORDER_CPU_MS } from '../../../ops/workers/batchTime.ts';

const { ways } = readCounted();
const { queued } = ways;
const ofEachWay = (of: (way: CountedWay) => number): Record<Way, number> => ({
  queued: of(ways.queued),
  direct: of(ways.direct),
  sync: of(ways.sync),
});
const WRITES_AT_INTAKE = 2;

/**
 * CPU times are those of the packaged functions, warm: `npm run bench -- cpu`, and a local sale. All else is as
 * `npm run cost -- --measure` counted it.
 */
export const COUNTED = {
  /** On a whole core. */
  paidOrderCpuMs: { queued: PAID_ORDER_CPU_MS, direct: 4.4, sync: 4.4 } satisfies Record<
    Way,
    number
  >,
  intakeCpuMs: 3.4,
  statusCpuMs: 1,
  logBytes: ofEachWay(({ functionLogBytes, orders }) => functionLogBytes / orders),
  accessLogBytes: queued.accessLogBytes / queued.apiRequests,
  answerBytes: queued.sentBytes / queued.apiRequests,
  /** The order and its entry in the index; its charge, its end and its entry taken out. */
  writesAtIntake: WRITES_AT_INTAKE,
  writesAtPayment: Math.round(queued.writeUnits / queued.orders) - WRITES_AT_INTAKE,
  /** The look-ups that were counted came after the end, but for a few. */
  readsAtPayment: ofEachWay(({ readUnits, polls, orders }) =>
    Math.round((readUnits - polls / 2) / orders),
  ),
  /** Before the order's end; later a third of it. */
  readsAtLookUp: 1.5,
  writesOfOrdersTable: 2,
  writesOfIndex: 2,
  indexPartitions: OPEN_SHARDS.length,
} as const;

/** Not measured. */
export const ASSUMED = {
  /** What the intake waits for its table and for SNS, within a region. */
  intakeWaitMs: 20,
  statusWaitMs: 8,
  /** From the answer of SNS to a message that can be received. */
  deliveryMs: 20,
  /** Init of a new environment: the document's own figure. */
  coldStartMs: 70,
} as const;

/** What the functions take with the share of a core that their memory gives them. */
interface FunctionTimes {
  intakeMs: number;
  statusMs: number;
  /** CPU of one paid order. */
  orderMs: number;
}

export function functionTimes(memoryMb: number, way: Way = 'queued'): FunctionTimes {
  const share = shareOfACore(memoryMb);
  return {
    intakeMs: ASSUMED.intakeWaitMs + COUNTED.intakeCpuMs / share,
    statusMs: ASSUMED.statusWaitMs + COUNTED.statusCpuMs / share,
    orderMs: COUNTED.paidOrderCpuMs[way] / share,
  };
}
