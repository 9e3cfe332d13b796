import type { Way } from '../../lib/domain/order.ts';
import { COLD_START } from '../../lib/platform/metricNames.ts';
import { type FunctionKey, OWN_NAMESPACE, SERVICE } from '../serviceNames.ts';

/**
 * Metrics as alarms and the dashboard name them: each is written once, its dimensions as references to the stack's
 * own resources.
 */
export type Reference = { Ref: string } | { 'Fn::GetAtt': [string, string] };

export interface Metric {
  namespace: string;
  name: string;
  dimensions: Record<string, string | Reference>;
}

/** A metric or an expression, with how the dashboard draws it. */
export interface MetricRow {
  metric?: Metric;
  options: Record<string, string | number | boolean>;
}

const capitalized = (key: string): string => key.slice(0, 1).toUpperCase() + key.slice(1);
/** The logical id that the framework gives to a function. */
const functionId = (key: FunctionKey): string => `${capitalized(key)}LambdaFunction`;
export const roleId = (key: FunctionKey): string => `${capitalized(key)}Role`;

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const lambdaMetric = (name: string, key: FunctionKey): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName: { Ref: functionId(key) } },
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export const queueMetric = (name: string, queueId: string): Metric => ({
  namespace: 'AWS/SQS',
  name,
  dimensions: { QueueName: { 'Fn::GetAtt': [queueId, 'QueueName'] } },
});

/** https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html */
export const topicMetric = (name: string): Metric => ({
  namespace: 'AWS/SNS',
  name,
  dimensions: { TopicName: { 'Fn::GetAtt': ['OrderTopic', 'TopicName'] } },
});

export interface Route {
  method: string;
  path: string;
}
export const SYNC_ROUTE: Route = { method: 'POST', path: '/orders/sync' };
export const ASYNC_ROUTE: Route = { method: 'POST', path: '/orders/async' };
export const STATUS_ROUTE: Route = { method: 'GET', path: '/orders/{order_id}' };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html; without a route: all of them. */
export const apiMetric = (name: string, route?: Route): Metric => ({
  namespace: 'AWS/ApiGateway',
  name,
  dimensions: {
    ApiId: { Ref: 'HttpApi' },
    Stage: '$default',
    ...(route && { Method: route.method, Resource: route.path }),
  },
});

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
export const tableMetric = (name: string, tableId: string, index?: string): Metric => ({
  namespace: 'AWS/DynamoDB',
  name,
  dimensions: { TableName: { Ref: tableId }, ...(index && { GlobalSecondaryIndexName: index }) },
});

/** Of all functions of the account, in one region. */
export const accountMetric = (name: string): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: {},
});

/** Requests that the gateway answers 429, as a filter of its access log counts them. */
export const refusedRequest = (stage: string): Metric => ({
  namespace: `${OWN_NAMESPACE}/${stage}`,
  name: 'RequestsRefused',
  dimensions: {},
});

/** A metric of the service's own, as Powertools writes it. */
export const ownMetric = (stage: string, name: string, way?: Way): Metric => ({
  namespace: OWN_NAMESPACE,
  name,
  dimensions: { service: SERVICE, stage, ...(way && { way }) },
});

export const coldStarts = (stage: string, key: FunctionKey): Metric => ({
  namespace: OWN_NAMESPACE,
  name: COLD_START,
  dimensions: { service: SERVICE, stage, function_name: { Ref: functionId(key) } },
});

type Store = [name: string, tableId: string, index?: string];

export const STOCK_STORES: Store[] = [
  ['stock', 'StockTable'],
  ['units free', 'StockTable', 'open'],
  ['units held', 'StockTable', 'held'],
];
export const STORES: Store[] = [
  ['orders', 'OrdersTable'],
  ['open orders', 'OrdersTable', 'open-orders'],
  ['charges', 'ChargesTable'],
];

/** Reads and writes that DynamoDB refused of tables and indexes. */
export const throttleMetrics = (stores: Store[]): { label: string; metric: Metric }[] =>
  stores.flatMap(([store, tableId, index]) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) => ({
      label: `${store} ${name}`,
      metric: tableMetric(name, tableId, index),
    })),
  );
