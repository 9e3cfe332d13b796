import { document, type LoadPhase, type PhasePlan, type Way } from '../running/phases.ts';

/**
 * Dollars in us-east-1, on demand, September 2026.
 * https://aws.amazon.com/lambda/pricing https://aws.amazon.com/api-gateway/pricing https://aws.amazon.com/sns/pricing
 * https://aws.amazon.com/sqs/pricing https://aws.amazon.com/dynamodb/pricing/on-demand
 */
const PRICES = {
  httpRequest: 1.0e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 13.3334e-6,
  snsPublish: 0.5e-6,
  sqsRequest: 0.4e-6,
  dynamoWrite: 0.625e-6,
  dynamoRead: 0.125e-6,
};
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

const intake = PRICES.httpRequest + PRICES.lambdaRequest;
const book = WRITES_PER_ORDER * PRICES.dynamoWrite + READS_PER_ORDER * PRICES.dynamoRead;
const gbSeconds = (seconds: number) => seconds * MEMORY_GB * PRICES.lambdaGbSecond;

const dollarsPerOrder: Record<Way, number> = {
  sync: intake + book + gbSeconds(document.paymentSeconds),
  queued:
    intake +
    book +
    gbSeconds(INTAKE_SECONDS) +
    PRICES.snsPublish +
    // Sent by SNS, received and deleted in batches.
    PRICES.sqsRequest * (1 + 2 / document.workerBatch) +
    (PRICES.lambdaRequest + gbSeconds(document.paymentSeconds)) / document.workerBatch,
  direct:
    intake +
    book +
    gbSeconds(INTAKE_SECONDS) +
    PRICES.snsPublish +
    PRICES.lambdaRequest +
    gbSeconds(document.paymentSeconds),
};
