import { PRICES } from '../prices.ts';
import type { Counted, CountedWay } from './counted.ts';

/** A line of a bill: so many of a unit, and what they cost. */
export interface BillLine {
  what: string;
  amount: number;
  unit: string;
  dollars: number;
}

const MILLION = 1e6;
const GB = 1e9;

const line = (what: string, amount: number, unit: string, price: number): BillLine => ({
  ...{ what, amount, unit, dollars: amount * price },
});

export const total = (lines: BillLine[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);

/** What a million orders of a way cost, line by line: as many of everything as were counted for each order. */
export function billOf(way: CountedWay): BillLine[] {
  const million = (count: number) => (count / way.orders) * MILLION;
  const sum = (values: Record<string, number>) =>
    Object.values(values).reduce((all, value) => all + value, 0);
  const requests = (what: string, count: number, price: number) =>
    line(what, million(count), 'requests', price);
  const lines = [
    requests('HTTP API, orders', way.apiRequests - way.polls, PRICES.apiRequest),
    requests('HTTP API, look-ups', way.polls, PRICES.apiRequest),
    requests('Lambda, requests', sum(way.invocations), PRICES.lambdaRequest),
    ...Object.entries(way.gbSeconds).map(([key, seconds]) =>
      line(`Lambda, ${key}`, million(seconds), 'GB-s', PRICES.lambdaGbSecond),
    ),
    requests('SNS, published', way.publishes, PRICES.topicPublish),
    requests('SQS, sent', way.queueSends, PRICES.queueRequest),
    requests('SQS, received', way.queueReceives, PRICES.queueRequest),
    requests('SQS, deleted', way.queueDeletes, PRICES.queueRequest),
    requests('SQS, asked for its depth', way.queueQuestions, PRICES.queueRequest),
    line('DynamoDB, written', million(way.writeUnits), 'units', PRICES.tableWriteUnit),
    line('DynamoDB, read', million(way.readUnits), 'units', PRICES.tableReadUnit),
    line('Logs of the functions', million(way.functionLogBytes) / GB, 'GB', PRICES.logGb),
    line('Access log', million(way.accessLogBytes) / GB, 'GB', PRICES.logGb),
    line('Sent to buyers', million(way.sentBytes) / GB, 'GB', PRICES.sentGb),
  ];
  return lines.filter(({ amount }) => amount > 0);
}

/** A read that may lag shows nothing final, and one that does not follows. */
const READS_OF_A_PENDING_ORDER = 1.5;

/** What a look-up costs before the order's end. */
export function pollDollars({ ways: { queued } }: Counted): number {
  const { polls, gbSeconds, accessLogBytes, apiRequests, sentBytes } = queued;
  const bytes = accessLogBytes / apiRequests;
  return (
    PRICES.apiRequest +
    PRICES.lambdaRequest +
    ((gbSeconds.orderStatus ?? 0) / polls) * PRICES.lambdaGbSecond +
    READS_OF_A_PENDING_ORDER * PRICES.tableReadUnit +
    (bytes / GB) * PRICES.logGb +
    (sentBytes / apiRequests / GB) * PRICES.sentGb
  );
}

const MINUTES_A_MONTH = 30 * 24 * 60;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html, each of which waits 20 s for a message */
const POLLERS = 5;
const POLLS_A_MINUTE = 3;

/** A month of a stage that sells nothing. */
export function fixedCosts({ metrics, emptySweep }: Counted, alarmMetrics: number): BillLine[] {
  const sweeps = MINUTES_A_MONTH;
  return [
    line('Alarms', alarmMetrics, 'metrics', PRICES.alarmMonth),
    line('Dashboard', 1, 'dashboard', PRICES.dashboardMonth),
    line('Metrics of our own, where the stage sells', metrics, 'metrics', PRICES.metricMonth),
    line('Sweeper, requests', sweeps, 'requests', PRICES.lambdaRequest),
    line('Sweeper, Lambda', sweeps * emptySweep.gbSeconds, 'GB-s', PRICES.lambdaGbSecond),
    line('Sweeper, DynamoDB', sweeps * emptySweep.readUnits, 'units', PRICES.tableReadUnit),
    line(
      'The empty queue, polled',
      POLLERS * POLLS_A_MINUTE * MINUTES_A_MONTH,
      'requests',
      PRICES.queueRequest,
    ),
  ];
}

/** A month of a million queued orders that are kept. */
export function keptCosts({ ways: { queued } }: Counted, retentionDays: number): BillLine[] {
  const storedGb = ((queued.storedBytes / queued.orders) * MILLION) / GB;
  const logGb = ((queued.functionLogBytes + queued.accessLogBytes) / queued.orders) * MILLION;
  return [
    line('Tables', storedGb, 'GB', PRICES.tableGbMonth),
    line('Their backups', storedGb, 'GB', PRICES.backupGbMonth),
    line(
      `Logs, ${retentionDays} days`,
      ((logGb / GB) * retentionDays) / 30,
      'GB',
      PRICES.logGbMonth,
    ),
  ];
}

export interface Lever {
  what: string;
  /** Of a million queued orders; negative where it costs. */
  savedDollars: number;
}

const SHARES_OF_X86 = 1.25;

/** What one decision changes of the bill for a million queued orders. */
export function leversOf(counted: Counted): Lever[] {
  const { queued, direct } = counted.ways;
  const polls = queued.polls / queued.orders;
  const poll = pollDollars(counted);
  const worker = ((queued.gbSeconds.queueWorker ?? 0) / queued.orders) * MILLION;
  const all = Object.values(queued.gbSeconds).reduce((sum, value) => sum + value, 0);
  const allSeconds = (all / queued.orders) * MILLION;
  const perOrder = (value: number) => (value / queued.orders) * MILLION;
  return [
    {
      what: 'Buyers who do as `Retry-After` says, not four look-ups an order',
      savedDollars: (4 - polls) * poll * MILLION,
    },
    { what: 'Buyers who look up once at the end', savedDollars: (polls - 1) * poll * MILLION },
    {
      what: 'A batch of ten payments an invocation, not one',
      savedDollars: 9 * worker * PRICES.lambdaGbSecond,
    },
    {
      what: 'The queue, not the direct way',
      savedDollars: total(billOf(direct)) - total(billOf(queued)),
    },
    {
      what: '256 MB, not 512 MB, for the same durations',
      savedDollars: allSeconds * PRICES.lambdaGbSecond,
    },
    {
      what: 'arm64, not x86',
      savedDollars: allSeconds * (SHARES_OF_X86 - 1) * PRICES.lambdaGbSecond,
    },
    {
      what: 'A provider with a book of its own, not the simulated one',
      savedDollars: MILLION * PRICES.tableWriteUnit,
    },
    {
      what: 'No index of open orders, and no sweeper that finds what was lost',
      savedDollars: 2 * MILLION * PRICES.tableWriteUnit,
    },
    { what: 'No access log', savedDollars: (perOrder(queued.accessLogBytes) / GB) * PRICES.logGb },
    {
      what: '`TRACING=on`, every request traced',
      savedDollars: -perOrder(queued.apiRequests) * PRICES.trace,
    },
  ];
}
