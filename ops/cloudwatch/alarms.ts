import { WAYS } from '../../lib/domain/order.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import type { FunctionKey } from '../serviceNames.ts';
import {
  ASYNC_ROUTE,
  apiMetric,
  lambdaMetric,
  type Metric,
  ownMetric,
  queueMetric,
  type Route,
  refusedRequest,
  STATUS_ROUTE,
  STOCK_STORES,
  STORES,
  SYNC_ROUTE,
  throttleMetrics,
  topicMetric,
} from './metrics.ts';

type Statistic = 'Sum' | 'Maximum';
export type Source = { metric: Metric; statistic: Statistic };

/** An alarm that goes off when the value is out of its bound in `minutes` of the last `ofMinutes`. */
export type AlarmRule = {
  id: string;
  /** What has happened, for whom it wakes. `docs/operations.md` says what to do. */
  description: string;
  /** One metric, or what the expression is over. */
  metrics: Record<string, Source>;
  expression?: string;
  minutes: number;
  ofMinutes: number;
  /** What a minute without a value means; a resting queue or function has none, so it is good unless said here. */
  missing?: 'breaching';
} & ({ above: number } | { below: number });

/** Minutes that a metric may come late. */
export const LATE_MINUTES = 2;
const OLDEST_MESSAGE_SECONDS = 900;
const OLDEST_ORDER_SECONDS = 3600;
/** The sweeper comes to an order that stays open once an hour, and a few minutes late at times. */
const BETWEEN_SWEEPS_MINUTES = 65;
const FAILED_PERCENT = 1;
const OLDEST_EVENT_MS = 900_000;
/** More than that, as gateway and Lambda may count one refusal in two minutes, beside a hundred payments in each. */
const FAILED_SYNC_PERCENT = 10;

/** Functions whose error is a fault: they answer or hand back what they throw, so it is a crash or a time-out. */
const FAULTLESS: FunctionKey[] = [
  'orderSync',
  'orderAsync',
  'orderStatus',
  'orderCancel',
  'health',
  'queueWorker',
];

const sum = (metric: Metric): Source => ({ metric, statistic: 'Sum' });
const maximum = (metric: Metric): Source => ({ metric, statistic: 'Maximum' });

/**
 * Wakes somebody only for what an ordinary sale does not do: refusing the sync way's crowd is not a fault.
 * An expression has no value in a minute in which one of its metrics has none, but for SUM([...]), which passes over it,
 * and FILL(..., 0). Both have a value in the newest minute before its metrics have arrived, so an alarm over them waits
 * for a minute that is complete, and none fills what makes it go off.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const rules = (stage: string): AlarmRule[] => [
  deadLetters('OrderDeadLettersAlarm', 'OrderDeadLetterQueue', 'the workers'),
  deadLetters('DirectDeadLettersAlarm', 'DirectDeadLetterQueue', 'the direct way'),
  {
    id: 'OldestMessageAlarm',
    description: 'An order has waited in the queue for 15 minutes: the workers do not keep up',
    metrics: { age: maximum(queueMetric('ApproximateAgeOfOldestMessage', 'OrderQueue')) },
    above: OLDEST_MESSAGE_SECONDS,
    minutes: 3,
    ofMinutes: 3,
  },
  failing('IntakeFailsAlarm', ASYNC_ROUTE, 'orders sent to /orders/async'),
  failing('StatusFailsAlarm', STATUS_ROUTE, 'questions after an order'),
  {
    id: 'SyncFailsAlarm',
    description: `More than ${FAILED_SYNC_PERCENT} % of the sync orders that were not turned away are answered 5xx`,
    metrics: {
      failed: sum(apiMetric('5xx', SYNC_ROUTE)),
      all: sum(apiMetric('Count', SYNC_ROUTE)),
      // Those the gateway answers 503 by itself: what the sync way is meant to do with a crowd.
      refused: sum(lambdaMetric('Throttles', 'orderSync')),
    },
    expression:
      'IF(all > FILL(refused, 0), 100 * (failed - FILL(refused, 0)) / (all - FILL(refused, 0)), 0)',
    above: FAILED_SYNC_PERCENT,
    minutes: 3,
    ofMinutes: 5,
  },
  {
    id: 'FunctionErrorsAlarm',
    description: 'A function fails by itself: it threw, ran out of time or out of memory',
    ...summed(FAULTLESS.map((key) => sum(lambdaMetric('Errors', key)))),
    above: 0,
    minutes: 3,
    ofMinutes: 5,
  },
  {
    id: 'IntakeThrottledAlarm',
    description: 'Lambda has no free execution for /orders/async: buyers get 503',
    metrics: { throttles: sum(lambdaMetric('Throttles', 'orderAsync')) },
    above: 0,
    minutes: 2,
    ofMinutes: 5,
  },
  {
    id: 'EventsDroppedAlarm',
    description:
      'Lambda has given up events of the direct way, to their dead-letter queue if it took them',
    metrics: { dropped: sum(lambdaMetric('AsyncEventsDropped', 'topicProcessor')) },
    above: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'OldestEventAlarm',
    description: 'An order of the direct way has waited 15 minutes for a free execution',
    metrics: { age: maximum(lambdaMetric('AsyncEventAge', 'topicProcessor')) },
    above: OLDEST_EVENT_MS,
    minutes: 3,
    ofMinutes: 3,
  },
  {
    id: 'StorageThrottledAlarm',
    description: 'DynamoDB refuses reads or writes: orders are taken late, or answered 503',
    ...summed(throttleMetrics(STORES).map(({ metric }) => sum(metric))),
    above: 0,
    minutes: 2,
    ofMinutes: 5,
  },
  {
    id: 'RequestsRefusedAlarm',
    description:
      'The gateway refuses requests with 429: more come than the stage or the account takes',
    metrics: { refused: sum(refusedRequest(stage)) },
    above: 0,
    minutes: 2,
    ofMinutes: 5,
  },
  {
    id: 'NotificationsLostAlarm',
    description:
      'SNS could not hand orders to the queue or the direct function, or they have no way that can be read',
    ...summed(
      [
        'NumberOfNotificationsFailed',
        'NumberOfNotificationsFilteredOut-NoMessageAttributes',
        'NumberOfNotificationsFilteredOut-InvalidAttributes',
      ].map((name) => sum(topicMetric(name))),
    ),
    above: 0,
    minutes: 1,
    ofMinutes: LATE_MINUTES + 1,
  },
  {
    id: 'NoCompletionsAlarm',
    description: 'Orders wait in the queue and for five minutes none has been brought to its end',
    metrics: {
      waiting: maximum(queueMetric('ApproximateNumberOfMessagesVisible', 'OrderQueue')),
      // Acknowledged: a worker does so only when the order has reached its end.
      ended: sum(queueMetric('NumberOfMessagesDeleted', 'OrderQueue')),
    },
    expression: 'IF(waiting > 0 AND FILL(ended, 0) == 0, 1, 0)',
    above: 0,
    minutes: 5,
    ofMinutes: 5,
  },
  {
    id: 'SweeperFailsAlarm',
    description: 'The sweeper fails, so an order whose message got lost stays open',
    ...summed([
      sum(lambdaMetric('Errors', 'orderSweeper')),
      ...WAYS.map((way) => sum(ownMetric(stage, METRIC.ordersSweepFailed, way))),
    ]),
    above: 0,
    minutes: 3,
    ofMinutes: 5,
  },
  {
    id: 'BreakerOpenAlarm',
    description:
      'No charge is tried: the payment provider is down, or an operator has opened the breaker',
    metrics: { open: maximum(ownMetric(stage, METRIC.breakerOpen)) },
    above: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'OldestOrderAlarm',
    description: 'An order has been open for more than an hour',
    metrics: { age: maximum(ownMetric(stage, METRIC.openOrderAge)) },
    above: OLDEST_ORDER_SECONDS,
    minutes: 1,
    ofMinutes: BETWEEN_SWEEPS_MINUTES,
  },
];

const SWEEPER_RESTS: AlarmRule = {
  id: 'SweeperRestsAlarm',
  description: 'The sweeper has not run for five minutes',
  metrics: { runs: sum(lambdaMetric('Invocations', 'orderSweeper')) },
  below: 1,
  minutes: 5,
  ofMinutes: 5,
  missing: 'breaching',
};

/** The sweeper counts them once a minute; one run more than it takes to free what is left behind. */
const unitsOverdue = (stage: string): AlarmRule => ({
  id: 'UnitsOverdueAlarm',
  description: 'An item is sold out, and units of it are held for longer than a lease',
  metrics: { units: maximum(ownMetric(stage, METRIC.unitsOverdue)) },
  above: 0,
  minutes: 3,
  ofMinutes: 5,
});

/** An alarm of its own, as one takes no more than ten metrics. */
const STOCK_THROTTLED: AlarmRule = {
  id: 'StockThrottledAlarm',
  description:
    'DynamoDB refuses reads or writes of the stock: orders are taken late, or answered 503',
  ...summed(throttleMetrics(STOCK_STORES).map(({ metric }) => sum(metric))),
  above: 0,
  minutes: 2,
  ofMinutes: 5,
};

export const alarmRules = ({
  isSweeping,
  hasStock = false,
  stage,
}: {
  isSweeping: boolean;
  hasStock?: boolean;
  stage: string;
}): AlarmRule[] => [
  ...rules(stage),
  ...(isSweeping ? [SWEEPER_RESTS] : []),
  ...(hasStock ? [STOCK_THROTTLED] : []),
  ...(isSweeping && hasStock ? [unitsOverdue(stage)] : []),
];

// A redrive does not count as a message sent, so only the depth tells: it is what has to be looked at anyway.
function deadLetters(id: string, queueId: string, from: string): AlarmRule {
  return {
    id,
    description: `Orders that ${from} gave up wait for somebody to look at them`,
    metrics: { messages: maximum(queueMetric('ApproximateNumberOfMessagesVisible', queueId)) },
    above: 0,
    minutes: 1,
    ofMinutes: 1,
  };
}

function failing(id: string, route: Route, requests: string): AlarmRule {
  return {
    id,
    description: `More than ${FAILED_PERCENT} % of the ${requests} are answered 5xx`,
    metrics: { failed: sum(apiMetric('5xx', route)), all: sum(apiMetric('Count', route)) },
    expression: 'IF(all > 0, 100 * failed / all, 0)',
    above: FAILED_PERCENT,
    minutes: 2,
    ofMinutes: 5,
  };
}

function summed(sources: Source[]): Pick<AlarmRule, 'metrics'> & { expression: string } {
  const metrics = Object.fromEntries(sources.map((source, index) => [`m${index}`, source]));
  return { metrics, expression: `SUM([${Object.keys(metrics).join(', ')}])` };
}
