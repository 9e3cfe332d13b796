import {
  apiMetric,
  FUNCTION_KEYS,
  lambdaMetric,
  type Metric,
  queueMetric,
  tableMetric,
  topicMetric,
} from './metrics.ts';
import type { Row } from './widgets.ts';

/**
 * Prices in USD, us-east-1, on demand, read in September 2026; the free tier is left out.
 * https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/api-gateway/pricing/ (HTTP API),
 * https://aws.amazon.com/sns/pricing/, https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
const PRICE = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  apiRequest: 1e-6,
  topicPublish: 0.5e-6,
  queueRequest: 0.4e-6,
  tableWriteUnit: 0.625e-6,
  tableReadUnit: 0.125e-6,
};

interface Part {
  label: string;
  /** Metrics that are added up, and the price of one. */
  items: { price: number; metrics: Metric[] }[];
}

function parts(memoryMb: number): Part[] {
  const perFunction = (name: string) => FUNCTION_KEYS.map((key) => lambdaMetric(name, key));
  const perTable = (name: string) =>
    ['OrdersTable', 'ChargesTable'].map((table) => tableMetric(name, table));
  const msPrice = (memoryMb / 1024 / 1000) * PRICE.lambdaGbSecond;
  return [
    {
      label: 'Lambda',
      items: [
        { price: msPrice, metrics: perFunction('Duration') },
        { price: PRICE.lambdaRequest, metrics: perFunction('Invocations') },
      ],
    },
    { label: 'HTTP API', items: [{ price: PRICE.apiRequest, metrics: [apiMetric('Count')] }] },
    {
      label: 'SNS',
      items: [{ price: PRICE.topicPublish, metrics: [topicMetric('NumberOfMessagesPublished')] }],
    },
    {
      // Received and deleted in batches of ten, so this is the most it can be.
      label: 'SQS, at most',
      items: [
        {
          price: PRICE.queueRequest,
          metrics: [
            'NumberOfMessagesSent',
            'NumberOfMessagesReceived',
            'NumberOfMessagesDeleted',
            'NumberOfEmptyReceives',
          ].map((name) => queueMetric(name, 'OrderQueue')),
        },
      ],
    },
    {
      label: 'DynamoDB',
      items: [
        { price: PRICE.tableWriteUnit, metrics: perTable('ConsumedWriteCapacityUnits') },
        { price: PRICE.tableReadUnit, metrics: perTable('ConsumedReadCapacityUnits') },
      ],
    },
  ];
}

/** What the service would cost an hour if it went on like this minute, part by part. Logs and metrics come on top. */
export const costPerHour = (memoryMb: number): Row[] =>
  parts(memoryMb).flatMap(({ label, items }, part) => {
    const idOf = (item: number, index: number) => `c${part}x${item}x${index}`;
    const terms = items.map(({ price, metrics }, item) => {
      const ids = metrics.map((_, index) => idOf(item, index));
      return `FILL(SUM([${ids.join(', ')}]), 0) * ${price}`;
    });
    const expression = `(${terms.join(' + ')}) * 3600 / PERIOD(${idOf(0, 0)})`;
    const sources = items.flatMap(({ metrics }, item) =>
      metrics.map((metric, index) => ({
        metric,
        options: { id: idOf(item, index), stat: 'Sum', visible: false },
      })),
    );
    return [{ options: { expression, label, id: `cost${part}` } }, ...sources];
  });
