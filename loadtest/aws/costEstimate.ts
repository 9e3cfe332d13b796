import type { Way } from '../../lib/domain/order.ts';
import { PRICES } from '../../ops/prices.ts';
import { DOCUMENT } from '../documentNumbers.ts';
import type { LoadPhase, PhasePlan } from '../running/phasePlan.ts';

const MEMORY_GB = 0.25;
const INTAKE_SECONDS = 0.05;
/** An order's record, its place in the index of open orders and its removal from there, its charge, its end. */
const WRITES_PER_ORDER = 5;
const READS_PER_ORDER = 2;

export interface Estimate {
  orders: number;
  dollars: number;
}

/** What a run sends at most, were every answer immediate, and what that costs. */
export function estimateRun(phases: PhasePlan[]): Estimate {
  const loads = phases.filter((phase) => phase.kind === 'load');
  const costs = loads.map((phase) => ({
    orders: ordersOf(phase),
    each: dollarsPerOrder[phase.way],
  }));
  return {
    orders: costs.reduce((total, { orders }) => total + orders, 0),
    dollars: costs.reduce((total, { orders, each }) => total + orders * each, 0),
  };
}

const ordersOf = ({ users, seconds, waitSeconds }: LoadPhase): number =>
  Math.ceil((users * seconds) / ((waitSeconds[0] + waitSeconds[1]) / 2));

const intake = PRICES.apiRequest + PRICES.lambdaRequest;
const book = WRITES_PER_ORDER * PRICES.tableWriteUnit + READS_PER_ORDER * PRICES.tableReadUnit;
const gbSeconds = (seconds: number) => seconds * MEMORY_GB * PRICES.lambdaGbSecond;

const dollarsPerOrder: Record<Way, number> = {
  sync: intake + book + gbSeconds(DOCUMENT.paymentSeconds),
  queued:
    intake +
    book +
    gbSeconds(INTAKE_SECONDS) +
    PRICES.topicPublish +
    // Sent by SNS, received and deleted in batches.
    PRICES.queueRequest * (1 + 2 / DOCUMENT.workerBatch) +
    (PRICES.lambdaRequest + gbSeconds(DOCUMENT.paymentSeconds)) / DOCUMENT.workerBatch,
  direct:
    intake +
    book +
    gbSeconds(INTAKE_SECONDS) +
    PRICES.topicPublish +
    PRICES.lambdaRequest +
    gbSeconds(DOCUMENT.paymentSeconds),
};
