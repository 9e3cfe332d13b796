import { PRICES } from '../../../ops/prices.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import type { PlanOutcome } from '../outcome.ts';
import { COUNTED, functionTimes } from './functionTimes.ts';
import { processingOf } from './processing.ts';

/** A line of the bill: so many of a unit, and what they cost. */
export interface Fee {
  what: string;
  amount: number;
  unit: string;
  dollars: number;
}

const fee = (what: string, amount: number, unit: string, price: number): Fee => ({
  ...{ what, amount, unit, dollars: amount * price },
});

const GB = 1e9;

/** What the sale costs, line by line, without any free tier. */
export function billOf({ sizing, way }: PlanSettings, outcome: PlanOutcome): Fee[] {
  const { usage, accepted, completed, declined } = outcome;
  const { invocations, billedMs } = usage;
  const ended = completed + declined;
  const attempts = way === 'queued' ? ended : sum(invocations) - (invocations.orderAsync ?? 0);
  const polls = invocations.orderStatus ?? 0;
  const gb = sizing.memoryMb / 1024;
  const functions = Object.entries(billedMs).map(([key, ms]) =>
    fee(`Lambda, ${key}`, (ms / 1000) * gb, 'GB-s', PRICES.lambdaGbSecond),
  );
  const logBytes = ended * COUNTED.logBytes[way] + usage.apiRequests * COUNTED.accessLogBytes;
  return [
    fee('HTTP API', usage.apiRequests, 'requests', PRICES.apiRequest),
    fee('Lambda, invocations', sum(invocations), 'requests', PRICES.lambdaRequest),
    ...functions,
    fee('SNS, published', usage.publishes, 'requests', PRICES.topicPublish),
    fee('SQS, sent', usage.queueSends, 'requests', PRICES.queueRequest),
    fee('SQS, received', usage.queueReceives, 'requests', PRICES.queueRequest),
    fee('SQS, deleted', usage.queueDeletes, 'requests', PRICES.queueRequest),
    fee(
      'DynamoDB, written',
      accepted * COUNTED.writesAtIntake + ended * COUNTED.writesAtPayment,
      'units',
      PRICES.tableWriteUnit,
    ),
    fee(
      'DynamoDB, read',
      Math.max(ended, attempts) * COUNTED.readsAtPayment[way] + polls * COUNTED.readsAtLookUp,
      'units',
      PRICES.tableReadUnit,
    ),
    fee('Logs', logBytes / GB, 'GB', PRICES.logGb),
    fee('Sent to buyers', (usage.apiRequests * COUNTED.answerBytes) / GB, 'GB', PRICES.sentGb),
  ].filter(({ amount }) => amount > 0);
}

export const totalDollars = (fees: Fee[]): number =>
  fees.reduce((total, { dollars }) => total + dollars, 0);

const sum = (counts: Partial<Record<string, number>>): number =>
  Object.values(counts).reduce<number>((total, count = 0) => total + count, 0);

const FREE_GB_SECONDS = 400_000;

/** Lambda's monthly free tier, in orders of this sale. */
export function freeOrders({ sizing }: PlanSettings, { usage, completed }: PlanOutcome): number {
  const gbSeconds = (sum(usage.billedMs) / 1000) * (sizing.memoryMb / 1024);
  return (FREE_GB_SECONDS * completed) / gbSeconds;
}

/** What a million orders cost with this memory and batch, and how many Lambda's free tier covers. */
export interface SizeCost {
  memoryMb: number;
  batchSize: number;
  dollarsPerMillion: number;
  freeOrders: number;
}

const MEMORIES_MB = [128, 256, 512, 1024, 1769];
const BATCHES = [1, 5, 10, 25, 50, 100];

/** What depends on neither stays as it was planned. */
export function sizesOf(settings: PlanSettings, outcome: PlanOutcome): SizeCost[] {
  const rest = billOf(settings, outcome).filter(
    ({ what }) => !/^Lambda|^SQS, (rec|del)/.test(what),
  );
  const restDollars = totalDollars(rest) / outcome.completed;
  const batches = settings.way === 'queued' ? BATCHES : [1];
  return MEMORIES_MB.flatMap((memoryMb) =>
    batches.map((batchSize) => {
      const { gbSeconds, dollars } = sizeOf(settings, memoryMb, batchSize);
      return {
        ...{ memoryMb, batchSize, freeOrders: FREE_GB_SECONDS / gbSeconds },
        dollarsPerMillion: (restDollars + dollars) * 1e6,
      };
    }),
  );
}

/** Of Lambda and of the queue's requests, for an order in full batches. */
function sizeOf(settings: PlanSettings, memoryMb: number, batchSize: number) {
  const sized = {
    ...settings.sizing,
    memoryMb,
    workers: { ...settings.sizing.workers, batchSize },
  };
  const { secondsOf } = processingOf({ ...settings, sizing: sized });
  const { intakeMs, statusMs } = functionTimes(memoryMb, settings.way);
  const isSync = settings.way === 'sync';
  const seconds =
    secondsOf(batchSize) / batchSize +
    (isSync ? 0 : intakeMs / 1000) +
    (settings.polls * statusMs) / 1000;
  const gbSeconds = seconds * (memoryMb / 1024);
  const requests = (isSync ? 0 : 1) + 1 / batchSize + settings.polls;
  const queueCalls = settings.way === 'queued' ? (2 * Math.ceil(batchSize / 10)) / batchSize : 0;
  const dollars =
    gbSeconds * PRICES.lambdaGbSecond +
    requests * PRICES.lambdaRequest +
    queueCalls * PRICES.queueRequest;
  return { gbSeconds, dollars };
}
