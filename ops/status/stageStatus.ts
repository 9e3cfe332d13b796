import {
  GetFunctionConfigurationCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import type { BreakerState } from '../../contracts/orderPanelsApi.ts';
import type { ByWay } from '../../contracts/orderSample.ts';
import { readBreaker } from '../breaker.ts';
import { queueDepth } from '../reconciliation/messageReader.ts';
import { functionName, type Stage } from '../stage.ts';
import { workersFor } from '../workers/batchTime.ts';
import { readWorkers } from '../workers/workers.ts';
import { readFigures } from './figures.ts';
import type { Measured } from './measured.ts';
import { type OpenOrders, readOpenOrders } from './openOrders.ts';
import { type Outlook, outlookOf } from './outlook.ts';

/** How a stage does, at one moment. What was not measured is null. */
export interface StageStatus {
  stage: string;
  at: string;
  outlook: Outlook;
  open: { by_way: ByWay; oldest_seconds: number | null };
  /** In the last minutes, `ended.seconds` of them. */
  ended: { seconds: number; completed: ByWay; declined: ByWay; cancelled: ByWay } | null;
  /** Orders a second. */
  rates: { seconds: number; accepted: ByWay; ended: ByWay } | null;
  queue: { waiting: number; in_flight: number };
  /** Of the queue at these rates: null where it does not drain, or nothing was measured. */
  drained_in_seconds: number | null;
  workers: { maximum: number | null; batch_size: number; state: string; needed: number | null };
  /** In the same minutes. */
  promises: { ended: number; kept: number } | null;
  /** Null for a stage that has none. */
  breaker: BreakerState | null;
  dead_letters: { queued: number; direct: number };
  /** Executions that Lambda refused in the same minutes, by function. */
  throttles: Record<string, number> | null;
}

interface Parts {
  stage: string;
  nowMs: number;
  open: OpenOrders;
  measured: Measured | undefined;
  queue: Awaited<ReturnType<typeof queueDepth>>;
  breaker: BreakerState | null;
  deadLetters: StageStatus['dead_letters'];
  workers: Omit<StageStatus['workers'], 'needed'>;
  paymentSeconds: number;
  wholeBatch: number;
  memoryMb: number;
}

export async function readStatus(stage: Stage): Promise<StageStatus> {
  const { sqs } = stage.clients;
  const { OrderQueueUrl, OrderDeadLetterQueueUrl, DirectDeadLetterQueueUrl } = stage.outputs;
  const hasBreaker = stage.outputs.OperationsTableName !== '';
  const [open, measured, queue, queued, direct, pool, breaker] = await Promise.all([
    readOpenOrders(stage),
    readFigures(stage),
    queueDepth(sqs, OrderQueueUrl),
    queueDepth(sqs, OrderDeadLetterQueueUrl),
    queueDepth(sqs, DirectDeadLetterQueueUrl),
    readPool(stage),
    hasBreaker ? readBreaker(stage) : null,
  ]);
  const deadLetters = { queued: sumOf(queued), direct: sumOf(direct) };
  const nowMs = Date.now();
  return statusOf({
    stage: stage.name,
    nowMs,
    open,
    measured,
    queue,
    deadLetters,
    breaker,
    ...pool,
  });
}

export function statusOf(parts: Parts): StageStatus {
  const { stage, nowMs, open, measured, queue, workers } = parts;
  const waiting = queue.waiting + queue.delayed;
  const rates = measured && ratesOf(measured);
  const status = {
    stage,
    at: new Date(nowMs).toISOString(),
    open: {
      by_way: open.byWay,
      oldest_seconds: open.oldestMs === undefined ? null : (nowMs - open.oldestMs) / 1000,
    },
    ended: measured ? endedIn(measured) : null,
    rates: rates ?? null,
    queue: { waiting, in_flight: queue.inFlight },
    drained_in_seconds: drainedIn(waiting + queue.inFlight, rates),
    workers: { ...workers, needed: rates ? neededFor(rates, parts) : null },
    promises: measured?.recent.promises ?? null,
    breaker: parts.breaker,
    dead_letters: parts.deadLetters,
    throttles: measured?.recent.throttled ?? null,
  };
  return { ...status, outlook: outlookOf(status) };
}

type Rates = NonNullable<StageStatus['rates']>;

const sumOf = ({ waiting, delayed, inFlight }: Awaited<ReturnType<typeof queueDepth>>) =>
  waiting + delayed + inFlight;

function endedIn({ recent: { seconds, completed, declined, cancelled } }: Measured) {
  return { seconds, completed, declined, cancelled };
}

function ratesOf({ newest }: Measured): Rates | undefined {
  const { seconds, accepted, completed, declined, cancelled } = newest;
  if (seconds === 0) return undefined;
  const each = (figure: (way: keyof ByWay) => number): ByWay => ({
    sync: figure('sync') / seconds,
    queued: figure('queued') / seconds,
    direct: figure('direct') / seconds,
  });
  const ended = each((way) => completed[way] + declined[way] + cancelled[way]);
  return { seconds, accepted: each((way) => accepted[way]), ended };
}

function drainedIn(messages: number, rates: Rates | undefined): number | null {
  if (messages === 0) return 0;
  const growth = rates === undefined ? 0 : rates.accepted.queued - rates.ended.queued;
  return growth < 0 ? messages / -growth : null;
}

type Pool = Pick<Parts, 'workers' | 'paymentSeconds' | 'wholeBatch' | 'memoryMb'>;

async function readPool(stage: Stage): Promise<Pool> {
  const { lambda } = stage.clients;
  const FunctionName = functionName(stage, 'queueWorker');
  const [{ maximum, batchSize }, { EventSourceMappings = [] }, { Environment, MemorySize }] =
    await Promise.all([
      readWorkers(stage),
      lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    ]);
  const state = EventSourceMappings[0]?.State ?? 'unknown';
  return {
    workers: { maximum, batch_size: batchSize, state },
    paymentSeconds: Number(Environment?.Variables?.PAYMENT_SECONDS),
    wholeBatch: Number(stage.outputs.WorkerBatchSize) || batchSize,
    memoryMb: MemorySize ?? WHOLE_CORE_MB,
  };
}

/** Where no memory is told. */
const WHOLE_CORE_MB = 1769;

/** By the formula that `sls plan` rests on. */
const neededFor = ({ accepted }: Rates, { paymentSeconds, wholeBatch, memoryMb }: Pool) =>
  Number.isNaN(paymentSeconds)
    ? null
    : workersFor({
        ordersPerSecond: accepted.queued,
        ...{ paymentSeconds, batchSize: wholeBatch, memoryMb },
      });
