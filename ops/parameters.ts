import * as z from 'zod';
import { MB_OF_A_CORE } from '../common/cpuShare.ts';
import { isObject, parseJson } from '../common/json.ts';
import { decimalText, wholeNumberText } from '../common/numberText.ts';
import { UsageError } from '../common/usageError.ts';
import { paymentFaultsSchema } from '../lib/domain/declinesAndFaults.ts';
import { leaseSeconds } from '../lib/domain/lease.ts';
import { ASYNC_WAYS, type AsyncWay } from '../lib/domain/order.ts';
import { leastPromiseSeconds } from '../lib/domain/orderPromise.ts';
import { paymentApi, paymentProviderShape, providerFaults } from './paymentProvider.ts';

/**
 * Every number of the manifest that follows from a parameter. `serverless.yml` reads them through
 * `ops/manifestValues.cjs`; `sls workers` and the sale use `workerPool` for a running stage.
 */
export interface Sizing {
  workers: WorkerPool & {
    reservedConcurrency: number | null;
    wholeBatch: string;
    paymentsAtOnce: number;
  };
  sync: { reservedConcurrency: number | null; leaseSeconds: number };
  direct: { reservedConcurrency: number | null };
  intake: { reservedConcurrency: number | null };
  payment: { seconds: number; timeoutMs: number; faults: string };
  /** Undefined with the simulated provider. */
  paymentApi?: Record<string, string>;
  /** Timeout of every function that takes a payment. */
  processorTimeoutSeconds: number;
  visibilitySeconds: number;
  batchWindowSeconds: number;
  /** Empty where no sweeper would bring back what an open breaker puts away: every charge is tried there. */
  breakerTable: '' | { Ref: 'OperationsTable' };
  /** Empty: an order may be paid at any time. */
  orderDeadlineSeconds: string;
  /** Empty: an order is taken, however late its end. */
  maxPromiseSeconds: string;
  asyncWay: AsyncWay;
  memoryMb: number;
  orderIdSalt: string | { Ref: 'AWS::StackId' };
  sweeper: {
    enabled: boolean;
    afterSeconds: number;
    memoryMb: number;
    reservedConcurrency: number | null;
  };
  tables: Tables;
  throttling: { intake: Throttling; status: Throttling };
  /** Undefined without a stock. */
  stock?: StockSizing;
  watching: Watching;
}

/** Requests of each route. */
export interface Throttling {
  ratePerSecond: number;
  burst: number;
}

interface Tables {
  deletionPolicy: 'Delete' | 'RetainExceptOnCreate';
  updateReplacePolicy: 'Delete' | 'Retain';
  isProtected: boolean;
  /** What tables and index carry from their first second; without it, what AWS gives to new ones. */
  warmThroughput: { ReadUnitsPerSecond?: number; WriteUnitsPerSecond?: number } | NoValue;
}

type NoValue = { Ref: 'AWS::NoValue' };

export interface StockSizing {
  unitsPerCustomer?: string;
  /** Units of an order that never came to be are held for so long at least. */
  leaseSeconds: number;
}

export interface Watching {
  hasAlarms: boolean;
  hasDashboard: boolean;
  /** Where alarms are told; without it they only show. */
  alarmTopicArn: string | undefined;
  logRetentionDays: number;
  /** From which level Lambda's own lines are kept. */
  systemLogLevel: 'DEBUG' | 'INFO' | 'WARN';
  /** Share of the invocations that log at level DEBUG, from 0 to 1. */
  logSampleRate: number;
  tracing: boolean;
}

export interface WorkerPool {
  /** Reserved concurrency and the event source mapping's maximum: equal, so that neither throttles the other. */
  concurrency: number;
  batchSize: number;
}

const BATCH_WINDOW_SECONDS = 1;
/** The least `MaximumConcurrency` that Lambda takes: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const LEAST_MAXIMUM_CONCURRENCY = 2;
const PAYMENT_MARGIN_SECONDS = 2;
const ANSWER_MARGIN_SECONDS = 5;

/** `orderAsync`'s in the manifest. */
const INTAKE_TIMEOUT_SECONDS = 20;
/** Each of them may be an order of its own in the one row that counts them. */
const MOST_UNITS_PER_CUSTOMER = 100;
const MOST_WORKERS = 1000;
/** As JSON, of a running stage. */
export const workerCountSchema = z.int().min(1).max(MOST_WORKERS);

/**
 * A pool of `workerCount` workers, each paying `batchSize` orders at a time. One worker is split in two halves,
 * because Lambda refuses a maximum concurrency of 1: two environments with half a batch each.
 */
export function workerPool(workerCount: number, batchSize: number): WorkerPool {
  return {
    concurrency: Math.max(LEAST_MAXIMUM_CONCURRENCY, workerCount),
    batchSize: workerCount === 1 ? Math.ceil(batchSize / 2) : batchSize,
  };
}

const concurrencySchema = wholeNumberText(1, 10_000);
const onOffSchema = z.enum(['on', 'off'], 'must be on or off');
/** What CloudWatch Logs takes: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];
const retentionSchema = z
  .enum(RETENTION_DAYS.map(String), `must be one of ${RETENTION_DAYS.join(', ')}`)
  .transform(Number);
const NO_TOPIC = 'none';
const topicArnSchema = z
  .string()
  .regex(
    /^(none|arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+)$/,
    `must be the ARN of an SNS topic, or ${NO_TOPIC}`,
  );
const requestsSchema = wholeNumberText(1, 1_000_000);
const parametersSchema = z.object({
  WORKER_COUNT: wholeNumberText(1, MOST_WORKERS).default(22),
  SYNC_CONCURRENCY: concurrencySchema.default(5),
  // With the workers, the sync way and the sweeper less than 300: three stages leave an account of 1,000 its 100.
  DIRECT_CONCURRENCY: concurrencySchema.default(215),
  INTAKE_CONCURRENCY: concurrencySchema.default(55),
  // orderSync has to answer within the gateway's 30 s, margins included.
  PAYMENT_SECONDS: decimalText(0, 20).default(3),
  ASYNC_WAY: z.enum(ASYNC_WAYS, `must be ${ASYNC_WAYS.join(' or ')}`).default('queued'),
  MEMORY_MB: wholeNumberText(128, 10_240).default(256),
  // More than ten need a batching window, which the mapping has.
  BATCH_SIZE: wholeNumberText(1, 1000).default(10),
  RESERVED_CONCURRENCY: onOffSchema.default('on'),
  ORDER_ID_SALT: z.string().min(16, 'must have 16 characters or more').optional(),
  SWEEP_AFTER_SECONDS: wholeNumberText(1, 86_400).default(900),
  ORDER_DEADLINE_SECONDS: wholeNumberText(1, 86_400).optional(),
  MAX_PROMISE_SECONDS: wholeNumberText(1, 86_400).optional(),
  SWEEPER: onOffSchema.default('on'),
  STOCK: onOffSchema.default('off'),
  UNITS_PER_CUSTOMER: wholeNumberText(1, MOST_UNITS_PER_CUSTOMER).optional(),
  PAYMENT_FAULTS: z.string().optional(),
  ...paymentProviderShape,
  // Together with the sync route's, all that an account has: 10,000 requests a second and a burst of 5,000.
  THROTTLE_RATE: requestsSchema.default(2500),
  THROTTLE_BURST: requestsSchema.default(1250),
  STATUS_THROTTLE_RATE: requestsSchema.default(5000),
  STATUS_THROTTLE_BURST: requestsSchema.default(2500),
  // From what a new table has: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
  WARM_READS: wholeNumberText(12_000, 1_000_000).optional(),
  WARM_WRITES: wholeNumberText(4_000, 1_000_000).optional(),
  DELETION_PROTECTION: onOffSchema.optional(),
  ALARMS: onOffSchema.default('on'),
  DASHBOARD: onOffSchema.default('on'),
  ALARM_TOPIC_ARN: topicArnSchema.optional(),
  LOG_RETENTION_DAYS: retentionSchema.default(14),
  SYSTEM_LOG_LEVEL: z
    .enum(['DEBUG', 'INFO', 'WARN'], 'must be DEBUG, INFO or WARN')
    .default('WARN'),
  LOG_SAMPLE_RATE: decimalText(0, 1).default(0),
  TRACING: onOffSchema.default('off'),
});

/** The names of all parameters. */
export const PARAMETERS = Object.keys(parametersSchema.shape);

type Parameters = z.infer<typeof parametersSchema>;
export type Environment = Record<string, string | undefined>;

/**
 * Derives the manifest's values. Throws one error with a line for every parameter that breaks its rule; `isForAws`:
 * what is packaged goes to an account.
 */
export function sizing(environment: Environment, stage: string, isForAws = false): Sizing {
  const given = withoutEmpty(environment);
  const parsed = parametersSchema.safeParse(given);
  const faults = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => describe(issue, environment))),
    ...stageFaults(stage),
    ...paymentFaultsFaults(environment.PAYMENT_FAULTS, stage),
    ...(isForAws && isProduction(stage) ? missingInProduction(given, stage) : []),
    ...(parsed.success
      ? [...limitFaults(environment), ...promiseFaults(parsed.data), ...providerFaults(given)]
      : []),
  ];
  if (!parsed.success || faults.length > 0) throw new UsageError(faults.join('\n'));
  return derive(parsed.data, stage);
}

function derive(parameters: Parameters, stage: string): Sizing {
  const api = paymentApi(parameters);
  const pool = workerPool(parameters.WORKER_COUNT, parameters.BATCH_SIZE);
  const reserved = (value: number) => (parameters.RESERVED_CONCURRENCY === 'on' ? value : null);
  const paymentTimeoutSeconds = parameters.PAYMENT_SECONDS + PAYMENT_MARGIN_SECONDS;
  const processorTimeoutSeconds = Math.ceil(paymentTimeoutSeconds) + ANSWER_MARGIN_SECONDS;
  return {
    workers: {
      ...pool,
      reservedConcurrency: reserved(pool.concurrency),
      // A text, as outputs of a stack are.
      wholeBatch: String(parameters.BATCH_SIZE),
      paymentsAtOnce: pool.concurrency * pool.batchSize,
    },
    sync: {
      reservedConcurrency: reserved(parameters.SYNC_CONCURRENCY),
      leaseSeconds: leaseSeconds(processorTimeoutSeconds),
    },
    direct: { reservedConcurrency: reserved(parameters.DIRECT_CONCURRENCY) },
    intake: { reservedConcurrency: reserved(parameters.INTAKE_CONCURRENCY) },
    payment: {
      seconds: parameters.PAYMENT_SECONDS,
      timeoutMs: Math.round(paymentTimeoutSeconds * 1000),
      faults: parameters.PAYMENT_FAULTS ?? '',
    },
    ...(api && { paymentApi: api }),
    processorTimeoutSeconds,
    // AWS: at least six times the function's timeout, plus the batching window.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilitySeconds: 6 * processorTimeoutSeconds + BATCH_WINDOW_SECONDS,
    batchWindowSeconds: BATCH_WINDOW_SECONDS,
    breakerTable: parameters.SWEEPER === 'on' ? { Ref: 'OperationsTable' } : '',
    orderDeadlineSeconds: String(parameters.ORDER_DEADLINE_SECONDS ?? ''),
    maxPromiseSeconds: String(parameters.MAX_PROMISE_SECONDS ?? ''),
    asyncWay: parameters.ASYNC_WAY,
    memoryMb: parameters.MEMORY_MB,
    orderIdSalt: parameters.ORDER_ID_SALT ?? { Ref: 'AWS::StackId' },
    ...(parameters.STOCK === 'on' && {
      stock: {
        ...(parameters.UNITS_PER_CUSTOMER !== undefined && {
          unitsPerCustomer: String(parameters.UNITS_PER_CUSTOMER),
        }),
        leaseSeconds: leaseSeconds(Math.max(INTAKE_TIMEOUT_SECONDS, processorTimeoutSeconds)),
      },
    }),
    sweeper: {
      enabled: parameters.SWEEPER === 'on',
      // An order whose time is over is cancelled then, whether or not a worker comes to it.
      afterSeconds: Math.min(
        parameters.SWEEP_AFTER_SECONDS,
        parameters.ORDER_DEADLINE_SECONDS ?? Number.POSITIVE_INFINITY,
      ),
      memoryMb: sweeperMemoryMb(parameters.MEMORY_MB),
      reservedConcurrency: reserved(1),
    },
    tables: tables(parameters, stage),
    throttling: {
      intake: { ratePerSecond: parameters.THROTTLE_RATE, burst: parameters.THROTTLE_BURST },
      status: {
        ratePerSecond: parameters.STATUS_THROTTLE_RATE,
        burst: parameters.STATUS_THROTTLE_BURST,
      },
    },
    watching: {
      hasAlarms: parameters.ALARMS === 'on',
      hasDashboard: parameters.DASHBOARD === 'on',
      alarmTopicArn: topicOf(parameters.ALARM_TOPIC_ARN),
      logRetentionDays: parameters.LOG_RETENTION_DAYS,
      systemLogLevel: parameters.SYSTEM_LOG_LEVEL,
      logSampleRate: parameters.LOG_SAMPLE_RATE,
      tracing: parameters.TRACING === 'on',
    },
  };
}

/** After an outage it publishes again all that waits, as fast as its CPU lets it: it has a whole core. */
export const sweeperMemoryMb = (memoryMb: number): number => Math.max(memoryMb, MB_OF_A_CORE);

const topicOf = (arn: string | undefined) => (arn === NO_TOPIC ? undefined : arn);

/** Orders of production outlive their stack, but for one that could not be created: its retry would meet its tables. */
function tables(
  { DELETION_PROTECTION: protection, WARM_READS: reads, WARM_WRITES: writes }: Parameters,
  stage: string,
): Tables {
  const isKept = isProduction(stage);
  const warmThroughput = {
    ...(reads !== undefined && { ReadUnitsPerSecond: reads }),
    ...(writes !== undefined && { WriteUnitsPerSecond: writes }),
  };
  return {
    deletionPolicy: isKept ? 'RetainExceptOnCreate' : 'Delete',
    updateReplacePolicy: isKept ? 'Retain' : 'Delete',
    isProtected: protection === undefined ? isKept : protection === 'on',
    warmThroughput:
      Object.keys(warmThroughput).length === 0 ? { Ref: 'AWS::NoValue' } : warmThroughput,
  };
}

/** `prod`, `prod-eu`, `production`: their tables are kept. */
const isProduction = (stage: string): boolean => /^prod(uction)?([-\d]|$)/.test(stage);

function missingInProduction(given: Environment, stage: string): string[] {
  const rules = {
    ORDER_ID_SALT:
      'the stage keeps its tables, and a stack made anew over them would have another salt and charge old keys again',
    ALARM_TOPIC_ARN: `the stage takes real orders: give the topic that its alarms notify, or ${NO_TOPIC}`,
  };
  return Object.entries(rules)
    .filter(([name]) => given[name] === undefined)
    .map(([name, why]) => `${name}: must be set for stage ${stage}: ${why}`);
}
/** The framework's own rule, which it would tell once for every place that holds the name. */
const stageFaults = (stage: string): string[] =>
  /^[a-z\d-]+$/i.test(stage)
    ? []
    : [`--stage: must be ASCII letters, digits and hyphens, got ${JSON.stringify(stage)}`];

/** Names of stages that take no real orders: `dev`, `test-2`. */
const TRIAL_STAGES = ['local', 'dev', 'test', 'e2e', 'qa', 'demo', 'trial', 'bench', 'sandbox'];
const TRIAL_STAGE = new RegExp(`^(${TRIAL_STAGES.join('|')})([-\\d]|$)`);

function paymentFaultsFaults(text: string | undefined, stage: string): string[] {
  if (text === undefined || text === '') return [];
  const given = `got ${JSON.stringify(text)}`;
  if (!TRIAL_STAGE.test(stage))
    return [
      `PAYMENT_FAULTS: makes payments fail on purpose and is refused for stage ${stage}: the name of a stage for trials begins with ${TRIAL_STAGES.join(', ')}; ${given}`,
    ];
  const value = parseJson(text);
  if (!isObject(value)) return [`PAYMENT_FAULTS: must be a JSON object, ${given}`];
  const { error } = paymentFaultsSchema().safeParse(value);
  return (error?.issues ?? []).map(
    ({ path, message }) => `${['PAYMENT_FAULTS', ...path].join('.')}: ${message}, ${given}`,
  );
}

function limitFaults({ STOCK, UNITS_PER_CUSTOMER: limit = '' }: Environment): string[] {
  if (limit === '' || STOCK === 'on') return [];
  return [`UNITS_PER_CUSTOMER: needs STOCK=on, got ${JSON.stringify(limit)} without it`];
}

function promiseFaults({ MAX_PROMISE_SECONDS: most, PAYMENT_SECONDS }: Parameters): string[] {
  const least = Math.ceil(leastPromiseSeconds(PAYMENT_SECONDS));
  if (most === undefined || most >= least) return [];
  return [
    `MAX_PROMISE_SECONDS: must be at least ${least}, which an order is promised that finds the queue empty, got "${most}"`,
  ];
}

function describe({ path, message }: z.core.$ZodIssue, environment: Environment): string {
  const name = String(path[0]);
  const value = environment[name] ?? '';
  // A secret is not repeated, not even a wrong one.
  const given = ['ORDER_ID_SALT', 'PAYMENT_API_KEY'].includes(name)
    ? value.length
    : JSON.stringify(value);
  return `${name}: ${message}, got ${given}`;
}

const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
