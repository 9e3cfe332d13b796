import { METRIC } from '../../lib/platform/metricNames.ts';
import {
  apiMetric,
  type FunctionKey,
  lambdaMetric,
  type Metric,
  ownMetric,
  queueMetric,
  topicMetric,
} from './metrics.ts';

type Statistic = 'Sum' | 'Maximum' | 'Average';

/** An alarm that goes off when the value is above `threshold` in `minutes` of the last `ofMinutes`. */
export interface AlarmRule {
  id: string;
  /** What has happened, for whom it wakes. `docs/operations.md` says what to do. */
  description: string;
  /** One metric, or an expression over several. */
  metrics: Record<string, { metric: Metric; statistic: Statistic }>;
  expression?: string;
  threshold: number;
  minutes: number;
  ofMinutes: number;
}

const PERIOD_SECONDS = 60;
const OLDEST_MESSAGE_SECONDS = 900;
const OLDEST_ORDER_SECONDS = 3600;
const FAILED_INTAKE_PERCENT = 1;

const sum = (metric: Metric) => ({ metric, statistic: 'Sum' as const });
const maximum = (metric: Metric) => ({ metric, statistic: 'Maximum' as const });

const INTAKE = { method: 'POST', path: '/orders/async' };
/**
 * Functions whose error is a fault. Not topicProcessor: it throws so that Lambda tries again, and what it gives up
 * is a dead letter.
 */
const FAULTLESS: FunctionKey[] = [
  'orderSync',
  'orderAsync',
  'orderStatus',
  'health',
  'queueWorker',
];

/**
 * Wakes somebody only for what an ordinary sale does not do: refusing the sync way's crowd is no fault.
 * Expressions add by SUM([...]), which passes over a metric that has no value yet; `+` would have none then either.
 */
export const ALARM_RULES: AlarmRule[] = [
  deadLetters('OrderDeadLettersAlarm', 'OrderDeadLetterQueue', 'the workers'),
  deadLetters('DirectDeadLettersAlarm', 'DirectDeadLetterQueue', 'the direct way'),
  {
    id: 'OldestMessageAlarm',
    description: 'An order has waited in the queue for 15 minutes: the workers do not keep up',
    metrics: { age: maximum(queueMetric('ApproximateAgeOfOldestMessage', 'OrderQueue')) },
    threshold: OLDEST_MESSAGE_SECONDS,
    minutes: 3,
    ofMinutes: 3,
  },
  {
    id: 'IntakeFailsAlarm',
    description: `More than ${FAILED_INTAKE_PERCENT} % of the orders sent to /orders/async are answered 5xx`,
    metrics: { failed: sum(apiMetric('5xx', INTAKE)), all: sum(apiMetric('Count', INTAKE)) },
    expression: 'IF(all > 0, 100 * failed / all, 0)',
    threshold: FAILED_INTAKE_PERCENT,
    minutes: 2,
    ofMinutes: 5,
  },
  {
    id: 'FunctionErrorsAlarm',
    description: 'A function fails by itself: it threw, ran out of time or out of memory',
    metrics: Object.fromEntries(
      FAULTLESS.map((key, index) => [`e${index}`, sum(lambdaMetric('Errors', key))]),
    ),
    expression: `SUM([${FAULTLESS.map((_, index) => `e${index}`).join(', ')}])`,
    threshold: 0,
    minutes: 3,
    ofMinutes: 5,
  },
  {
    id: 'IntakeThrottledAlarm',
    description: 'Lambda has no free execution for /orders/async: buyers get 503',
    metrics: { throttles: sum(lambdaMetric('Throttles', 'orderAsync')) },
    threshold: 0,
    minutes: 2,
    ofMinutes: 5,
  },
  {
    id: 'EventsDroppedAlarm',
    description:
      'Lambda has given up events of the direct way, to their dead-letter queue if it took them',
    metrics: { dropped: sum(lambdaMetric('AsyncEventsDropped', 'topicProcessor')) },
    threshold: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'FailuresNotKeptAlarm',
    description:
      'Lambda could not put a given up event into its dead-letter queue: the message is gone',
    metrics: { failures: sum(lambdaMetric('DestinationDeliveryFailures', 'topicProcessor')) },
    threshold: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'NotificationsFailedAlarm',
    description: 'SNS could not hand orders to the queue or to the direct function',
    metrics: { failed: sum(topicMetric('NumberOfNotificationsFailed')) },
    threshold: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'NotificationsFilteredOutAlarm',
    description: 'Messages without a way, or with one that cannot be read, reach no subscription',
    metrics: {
      none: sum(topicMetric('NumberOfNotificationsFilteredOut-NoMessageAttributes')),
      invalid: sum(topicMetric('NumberOfNotificationsFilteredOut-InvalidAttributes')),
    },
    expression: 'SUM([none, invalid])',
    threshold: 0,
    minutes: 1,
    ofMinutes: 1,
  },
  {
    id: 'NoCompletionsAlarm',
    description: 'Orders wait in the queue and for five minutes none has been brought to its end',
    metrics: {
      waiting: maximum(queueMetric('ApproximateNumberOfMessagesVisible', 'OrderQueue')),
      // Acknowledged: a worker does so only when the order has reached its end.
      ended: sum(queueMetric('NumberOfMessagesDeleted', 'OrderQueue')),
    },
    expression: 'IF(waiting > 0 AND ended == 0, 1, 0)',
    threshold: 0,
    minutes: 5,
    ofMinutes: 5,
  },
  {
    id: 'SweeperFailsAlarm',
    description: 'The sweeper fails, so an order whose message got lost stays open',
    metrics: {
      errors: sum(lambdaMetric('Errors', 'orderSweeper')),
      sync: sum(ownMetric(METRIC.ordersSweepFailed, 'sync')),
      queued: sum(ownMetric(METRIC.ordersSweepFailed, 'queued')),
      direct: sum(ownMetric(METRIC.ordersSweepFailed, 'direct')),
    },
    expression: 'SUM([errors, sync, queued, direct])',
    threshold: 0,
    minutes: 3,
    ofMinutes: 5,
  },
  {
    id: 'OldestOrderAlarm',
    description: 'An order has been open for more than an hour',
    metrics: { age: maximum(ownMetric(METRIC.openOrderAge)) },
    threshold: OLDEST_ORDER_SECONDS,
    minutes: 3,
    ofMinutes: 5,
  },
];

// A redrive does not count as a message sent, so only the depth tells: it is what has to be looked at anyway.
function deadLetters(id: string, queueId: string, from: string): AlarmRule {
  return {
    id,
    description: `Orders that ${from} gave up wait for somebody to look at them`,
    metrics: { messages: maximum(queueMetric('ApproximateNumberOfMessagesVisible', queueId)) },
    threshold: 0,
    minutes: 1,
    ofMinutes: 1,
  };
}

/** The rule as CloudFormation has it. */
export function alarm(rule: AlarmRule, stackName: string, topicArn: string | undefined) {
  const { id, description, expression, threshold, minutes, ofMinutes } = rule;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${stackName}-${id.replace(/Alarm$/, '')}`,
      AlarmDescription: `${description}. See docs/operations.md.`,
      ...(topicArn !== undefined && { AlarmActions: [topicArn], OKActions: [topicArn] }),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: threshold,
      EvaluationPeriods: ofMinutes,
      DatapointsToAlarm: minutes,
      // Metrics of a resting queue or function have no values at all.
      TreatMissingData: 'notBreaching',
      ...(expression === undefined ? singleMetric(rule) : metricMath(rule, expression)),
    },
  };
}

function singleMetric({ id, metrics }: AlarmRule) {
  const [only, ...others] = Object.values(metrics);
  if (!only || others.length > 0) throw new Error(`${id} needs an expression over its metrics`);
  return {
    ...cloudFormationMetric(only.metric),
    Statistic: only.statistic,
    Period: PERIOD_SECONDS,
  };
}

function metricMath({ metrics }: AlarmRule, expression: string) {
  const sources = Object.entries(metrics).map(([Id, { metric, statistic }]) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Metric: cloudFormationMetric(metric),
      Period: PERIOD_SECONDS,
      Stat: statistic,
    },
  }));
  return { Metrics: [{ Id: 'result', Expression: expression, ReturnData: true }, ...sources] };
}

const cloudFormationMetric = ({ namespace, name, dimensions }: Metric) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
