import { type Environment, sizing } from '../../ops/parameters.ts';
import { workersFor } from '../../ops/workers/batchTime.ts';
import { longestOf } from './inputs/paymentTime.ts';
import { readPlanOptions } from './inputs/planOptions.ts';
import type { PlanSettings } from './inputs/settings.ts';
import { COUNTED } from './model/functionTimes.ts';
import { NEW_TABLE_WRITES, REQUESTS_PER_EXECUTION, UNRESERVED } from './model/quotas.ts';

/** A stage that takes and pays so many orders a second by the queue, with room for a tenth more. */
export interface Enough {
  settings: PlanSettings;
  /** To set where the manifest's defaults are too small. */
  parameters: Environment;
  /** To ask of AWS. */
  asks: string[];
}

const ROOM = 1.1;
const MOST_WORKERS = 1000;
const BATCHES = [10, 20, 50, 100, 200, 500];

export function enoughFor(
  perSecond: number,
  duration: string,
  place: { stage: string; region: string },
): Enough {
  const planned = (environment: Environment, quota: number) =>
    readPlanOptions(
      { rate: String(perSecond), duration, way: 'queued', quota: String(quota) },
      { environment, ...place },
    );
  const usual = planned({}, LAMBDA_QUOTA);
  const parameters = parametersFor(perSecond * ROOM, usual);
  const quota = quotaFor(parameters, place.stage);
  const settings = planned(parameters, quota);
  const gateway = Math.max(settings.gatewayRequestsPerSecond, Math.ceil(perSecond * ROOM));
  const asks = [
    ...(quota > LAMBDA_QUOTA ? [`${show(quota)} concurrent executions (Lambda)`] : []),
    ...(gateway > settings.gatewayRequestsPerSecond
      ? [`${show(gateway)} requests/s (API Gateway)`]
      : []),
  ];
  return { settings: { ...settings, gatewayRequestsPerSecond: gateway }, parameters, asks };
}

const LAMBDA_QUOTA = 1000;

function parametersFor(perSecond: number, settings: PlanSettings): Environment {
  const { sizing: usual } = settings;
  const { workers, batchSize } = leastPool(perSecond, settings);
  const { intake, throttling } = usual;
  const needed: [name: string, value: number, usual: number][] = [
    ['WORKER_COUNT', workers, usual.workers.concurrency],
    ['BATCH_SIZE', batchSize, usual.workers.batchSize],
    ['INTAKE_CONCURRENCY', perSecond / REQUESTS_PER_EXECUTION, intake.reservedConcurrency ?? 0],
    ['THROTTLE_RATE', perSecond, throttling.intake.ratePerSecond],
    ['THROTTLE_BURST', perSecond / 2, throttling.intake.burst],
    ['WARM_WRITES', perSecond * COUNTED.writesOfOrdersTable, NEW_TABLE_WRITES],
  ];
  return Object.fromEntries(
    needed
      .filter(([, value, least]) => value > least)
      .map(([name, value]) => [name, String(Math.ceil(value))]),
  );
}

/** With the smallest batch for which a mapping's concurrency is enough. */
function leastPool(ordersPerSecond: number, { payment, sizing: { memoryMb } }: PlanSettings) {
  const choices = BATCHES.map((batchSize) => {
    const paymentSeconds = longestOf(payment, batchSize);
    return {
      batchSize,
      workers: workersFor({ ordersPerSecond, paymentSeconds, batchSize, memoryMb }),
    };
  });
  const chosen = choices.find(({ workers }) => workers <= MOST_WORKERS);
  if (chosen === undefined)
    throw new Error(`no batch lets ${MOST_WORKERS} workers pay ${ordersPerSecond} orders/s`);
  return chosen;
}

/** What the stage reserves, and what Lambda keeps from being reserved, in whole hundreds. */
function quotaFor(parameters: Environment, stage: string): number {
  const { workers, sync, direct, intake, sweeper } = sizing(parameters, stage);
  const reserved = [workers, sync, direct, intake, sweeper].reduce(
    (sum, { reservedConcurrency }) => sum + (reservedConcurrency ?? 0),
    0,
  );
  return Math.max(LAMBDA_QUOTA, Math.ceil((reserved + UNRESERVED) / 100) * 100);
}

const show = (value: number): string => value.toLocaleString('en');
