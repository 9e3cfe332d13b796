import { WAYS, type Way } from '../../lib/domain/order.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import { FUNCTION_KEYS } from '../serviceNames.ts';
import { costPerHour } from './cost.ts';
import {
  ASYNC_ROUTE,
  accountMetric,
  apiMetric,
  coldStarts,
  lambdaMetric,
  type Metric,
  type MetricRow,
  ownMetric,
  queueMetric,
  refusedRequest,
  STATUS_ROUTE,
  STOCK_STORES,
  STORES,
  SYNC_ROUTE,
  throttleMetrics,
  topicMetric,
} from './metrics.ts';

export interface Widget {
  title: string;
  rows: MetricRow[];
  /** Of the left axis. */
  unit?: string;
  isStacked?: boolean;
}

const row = (
  metric: Metric,
  stat: string,
  label: string,
  options: MetricRow['options'] = {},
): MetricRow => ({
  metric,
  options: { stat, label, ...options },
});
const byFunction = (name: string, stat: string): MetricRow[] =>
  FUNCTION_KEYS.map((key) => row(lambdaMetric(name, key), stat, key));
const percentiles = (metric: Metric, label = ''): MetricRow[] =>
  ['p50', 'p95', 'p99'].map((stat) => row(metric, stat, `${label}${stat}`));

const stockWidget = (own: (name: string) => Metric): Widget => ({
  title: 'Units of items with a stock, a minute',
  rows: [
    row(own(METRIC.unitsSold), 'Sum', 'sold'),
    row(own(METRIC.unitsFreed), 'Sum', 'freed'),
    row(own(METRIC.unitsRefused), 'Sum', 'refused for want of stock'),
    row(own(METRIC.unitsOverdue), 'Maximum', 'sold out, and held for longer than a lease'),
  ],
});

/** What the operator looks at, in the order of the questions: is it taken, is it done, what stands in the way. */
export function widgets(memoryMb: number, stage: string, hasStock = false): Widget[] {
  const own = (name: string, way?: Way) => ownMetric(stage, name, way);
  const byWay = (name: string, stat: string, ways: readonly Way[] = WAYS): MetricRow[] =>
    ways.map((way) => row(own(name, way), stat, `${name} ${way}`));
  return [
    ...(hasStock ? [stockWidget(own)] : []),
    { title: 'Orders accepted a minute', rows: byWay(METRIC.orderAccepted, 'Sum') },
    { title: 'Orders completed a minute', rows: byWay(METRIC.orderCompleted, 'Sum') },
    {
      title: 'Order queue',
      rows: [
        row(queueMetric('ApproximateNumberOfMessagesVisible', 'OrderQueue'), 'Maximum', 'waiting'),
        row(
          queueMetric('ApproximateNumberOfMessagesNotVisible', 'OrderQueue'),
          'Maximum',
          'in flight',
        ),
      ],
    },
    {
      title: 'Oldest message in the queue',
      unit: 'seconds',
      rows: [row(queueMetric('ApproximateAgeOfOldestMessage', 'OrderQueue'), 'Maximum', 'age')],
    },
    {
      title: 'Dead letters',
      rows: ['OrderDeadLetterQueue', 'DirectDeadLetterQueue'].map((queueId) =>
        row(queueMetric('ApproximateNumberOfMessagesVisible', queueId), 'Maximum', queueId),
      ),
    },
    {
      title: 'Intake latency, /orders/async',
      unit: 'ms',
      rows: percentiles(apiMetric('Latency', ASYNC_ROUTE)),
    },
    {
      title: 'Requests',
      rows: [
        ...['Count', '4xx', '5xx'].map((name) => row(apiMetric(name), 'Sum', name)),
        ...[SYNC_ROUTE, ASYNC_ROUTE, STATUS_ROUTE].map((route) =>
          row(apiMetric('5xx', route), 'Sum', `5xx ${route.method} ${route.path}`),
        ),
        row(refusedRequest(stage), 'Sum', '429'),
      ],
    },
    {
      title: 'Acceptance to completion',
      unit: 'ms',
      rows: WAYS.flatMap((way) => percentiles(own(METRIC.acceptanceToCompletion, way), `${way} `)),
    },
    {
      title: 'Promises kept',
      rows: [row(own(METRIC.promiseKept, 'queued'), 'Average', 'share of the orders that ended')],
    },
    { title: 'Concurrent executions', rows: byFunction('ConcurrentExecutions', 'Maximum') },
    {
      title: 'Concurrency of the account',
      rows: [
        ['ConcurrentExecutions', 'running'],
        ['UnreservedConcurrentExecutions', 'running, unreserved'],
        ['ClaimedAccountConcurrency', 'claimed'],
      ].map(([name = '', label = '']) => row(accountMetric(name), 'Maximum', label)),
    },
    { title: 'Duration, p95', unit: 'ms', rows: byFunction('Duration', 'p95') },
    { title: 'Invocations', rows: byFunction('Invocations', 'Sum') },
    { title: 'Errors', rows: byFunction('Errors', 'Sum') },
    { title: 'Throttles', rows: byFunction('Throttles', 'Sum') },
    {
      title: 'Cold starts',
      rows: FUNCTION_KEYS.map((key) => row(coldStarts(stage, key), 'Sum', key)),
    },
    {
      title: 'Events of the direct way',
      rows: [
        row(lambdaMetric('AsyncEventAge', 'topicProcessor'), 'Maximum', 'age, ms', {
          yAxis: 'right',
        }),
        row(lambdaMetric('AsyncEventsReceived', 'topicProcessor'), 'Sum', 'received'),
        row(lambdaMetric('AsyncEventsDropped', 'topicProcessor'), 'Sum', 'dropped'),
        row(lambdaMetric('DestinationDeliveryFailures', 'topicProcessor'), 'Sum', 'not kept'),
      ],
    },
    {
      title: 'Topic',
      rows: [
        ['NumberOfMessagesPublished', 'published'],
        ['NumberOfNotificationsDelivered', 'delivered'],
        ['NumberOfNotificationsFailed', 'failed'],
        // Not the total of what is filtered out: each subscription filters out what goes the other way.
        ['NumberOfNotificationsFilteredOut-NoMessageAttributes', 'without a way'],
        ['NumberOfNotificationsFilteredOut-InvalidAttributes', 'way not readable'],
      ].map(([name = '', label = '']) => row(topicMetric(name), 'Sum', label)),
    },
    {
      title: 'Payments',
      unit: 'ms',
      rows: [
        ...WAYS.map((way) => row(own(METRIC.paymentDuration, way), 'p95', `${way} p95`)),
        row(own(METRIC.batchSize), 'Average', 'orders a batch', { yAxis: 'right' }),
      ],
    },
    {
      title: 'Not completed, and not charged twice',
      rows: [
        ...byWay(METRIC.orderRefused, 'Sum'),
        ...byWay(METRIC.orderDeclined, 'Sum'),
        ...byWay(METRIC.orderCancelled, 'Sum'),
        ...byWay(METRIC.orderAttemptFailed, 'Sum', ['queued', 'direct']),
        ...byWay(METRIC.orderRepeated, 'Sum'),
        ...byWay(METRIC.chargeAvoided, 'Sum'),
      ],
    },
    {
      title: 'Sweeper',
      rows: [
        row(own(METRIC.ordersDue), 'Sum', 'due'),
        ...byWay(METRIC.ordersRepublished, 'Sum', ['queued', 'direct']),
        ...byWay(METRIC.ordersResolved, 'Sum', ['sync']),
        ...byWay(METRIC.ordersSweepFailed, 'Sum'),
        ...byWay(METRIC.orderParked, 'Sum', ['queued', 'direct']),
        row(own(METRIC.breakerOpen), 'Maximum', 'breaker open', { yAxis: 'right' }),
        row(own(METRIC.openOrderAge), 'Maximum', 'oldest open order, s', { yAxis: 'right' }),
      ],
    },
    {
      title: 'Throttled by DynamoDB',
      rows: throttleMetrics(hasStock ? [...STORES, ...STOCK_STORES] : STORES).map(
        ({ metric, label }) => row(metric, 'Sum', label),
      ),
    },
    {
      title: 'Cost an hour at this rate',
      unit: 'USD',
      isStacked: true,
      rows: costPerHour(memoryMb),
    },
  ];
}
