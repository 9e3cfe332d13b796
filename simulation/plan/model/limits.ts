import type { PlanSettings } from '../inputs/settings.ts';
import { COUNTED, functionTimes } from './functionTimes.ts';
import { processingOf } from './processing.ts';
import {
  MAPPING_INVOCATIONS,
  MOST_IN_FLIGHT,
  NEW_TABLE_WRITES,
  PARTITION_WRITES,
  REQUESTS_PER_EXECUTION,
  regionLimits,
} from './quotas.ts';

/** A rate of orders from which on something gives way. */
export interface Limit {
  what: string;
  ordersPerSecond: number;
  /** What happens beyond it. */
  beyond: string;
  /** What moves it. */
  wayOut: string;
}

/** Everything that bounds the orders of a second, what gives way first at the top. */
export function limitsOf(settings: PlanSettings): Limit[] {
  const limits = [
    ...gatewayLimits(settings),
    ...(settings.way === 'sync' ? [] : intakeLimits(settings)),
    ...tableLimits(settings),
    processorLimit(settings),
    ...(settings.way === 'queued' ? queueLimits(settings) : []),
  ];
  return limits.toSorted((a, b) => a.ordersPerSecond - b.ordersPerSecond);
}

function gatewayLimits(settings: PlanSettings): Limit[] {
  const { sizing, polls, gatewayRequestsPerSecond: account } = settings;
  const { intake, status } = sizing.throttling;
  const of = (what: string, ordersPerSecond: number, wayOut: string): Limit => ({
    ...{ what, ordersPerSecond, wayOut, beyond: 'answers 429' },
  });
  return [
    of(
      `API Gateway, ${show(account)} requests/s of the account`,
      account / (1 + polls),
      'ask AWS for a higher rate of API Gateway',
    ),
    of(
      `THROTTLE_RATE, ${show(intake.ratePerSecond)} orders/s`,
      intake.ratePerSecond,
      'set THROTTLE_RATE and THROTTLE_BURST',
    ),
    ...(polls === 0
      ? []
      : [
          of(
            `STATUS_THROTTLE_RATE, ${show(status.ratePerSecond)} look-ups/s`,
            status.ratePerSecond / polls,
            'set STATUS_THROTTLE_RATE',
          ),
        ]),
  ];
}

function intakeLimits({ sizing, quota, region }: PlanSettings): Limit[] {
  const { intakeMs } = functionTimes(sizing.memoryMb);
  const executions = sizing.intake.reservedConcurrency ?? quota;
  const { publishesPerSecond } = regionLimits(region);
  return [
    {
      what: `intake, ${show(executions)} executions that answer ${REQUESTS_PER_EXECUTION} requests/s each`,
      ordersPerSecond: executions * Math.min(REQUESTS_PER_EXECUTION, 1000 / intakeMs),
      beyond: 'answers 503',
      wayOut: 'set INTAKE_CONCURRENCY',
    },
    {
      what: `SNS, ${show(publishesPerSecond)} messages/s in ${region}`,
      ordersPerSecond: publishesPerSecond,
      beyond: 'answers 503',
      wayOut: 'ask AWS for a higher rate of SNS',
    },
  ];
}

function tableLimits({ sizing }: PlanSettings): Limit[] {
  const warm = sizing.tables.warmThroughput;
  const writes = ('Ref' in warm ? undefined : warm.WriteUnitsPerSecond) ?? NEW_TABLE_WRITES;
  return [
    {
      what: `DynamoDB, ${show(writes)} writes/s of the table`,
      ordersPerSecond: writes / COUNTED.writesOfOrdersTable,
      beyond: 'throttles writes until the table has grown',
      wayOut: 'set WARM_WRITES',
    },
    {
      what: `DynamoDB, ${COUNTED.indexPartitions} keys of the index of open orders, ${show(PARTITION_WRITES)} writes/s each`,
      ordersPerSecond: (COUNTED.indexPartitions * PARTITION_WRITES) / COUNTED.writesOfIndex,
      beyond: 'throttles writes of the table',
      wayOut: 'spread the index over more keys',
    },
  ];
}

const PROCESSORS = {
  sync: { beyond: 'answers 503', wayOut: 'set SYNC_CONCURRENCY, or sell by the queue' },
  queued: { beyond: 'the queue grows', wayOut: 'set WORKER_COUNT, BATCH_SIZE or MEMORY_MB' },
  direct: {
    beyond: 'events wait, 6 h at most',
    wayOut: 'set DIRECT_CONCURRENCY, or sell by the queue',
  },
};

function processorLimit(settings: PlanSettings): Limit {
  const { mostExecutions, batchSize, secondsOf, key } = processingOf(settings);
  const seconds = secondsOf(batchSize);
  const orders = batchSize === 1 ? 'an order' : `${show(batchSize)} orders`;
  return {
    what: `${key}, ${show(mostExecutions)} executions of ${seconds.toFixed(2)} s for ${orders}`,
    ordersPerSecond: (mostExecutions * batchSize) / seconds,
    ...PROCESSORS[settings.way],
  };
}

function queueLimits(settings: PlanSettings): Limit[] {
  const { batchSize, secondsOf } = processingOf(settings);
  const { most } = MAPPING_INVOCATIONS;
  const seconds = secondsOf(batchSize);
  return [
    {
      what: `SQS, ${show(MOST_IN_FLIGHT)} messages in flight`,
      ordersPerSecond: MOST_IN_FLIGHT / seconds,
      beyond: 'the queue looks empty to the workers',
      wayOut: 'shorter payments',
    },
    ...(settings.pollers === undefined
      ? [
          {
            what: `the mapping, ${show(most)} invocations at a time`,
            ordersPerSecond: (most * batchSize) / seconds,
            beyond: 'the queue grows',
            wayOut: 'provisioned pollers (--pollers), or a larger BATCH_SIZE',
          },
        ]
      : []),
  ];
}

const show = (value: number): string => value.toLocaleString('en');
