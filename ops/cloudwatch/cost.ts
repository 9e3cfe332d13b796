import { sweeperMemoryMb } from '../parameters.ts';
import { PRICES } from '../prices.ts';
import { FUNCTION_KEYS } from '../serviceNames.ts';
import {
  apiMetric,
  lambdaMetric,
  type Metric,
  type MetricRow,
  queueMetric,
  tableMetric,
  topicMetric,
} from './metrics.ts';

interface Part {
  label: string;
  /** Metrics that are added up, and the price of one. */
  items: { price: number; metrics: Metric[] }[];
}

function parts(memoryMb: number): Part[] {
  const perFunction = (name: string) => FUNCTION_KEYS.map((key) => lambdaMetric(name, key));
  const perTable = (name: string) =>
    ['OrdersTable', 'ChargesTable'].map((table) => tableMetric(name, table));
  const msPrice = (mb: number) => (mb / 1024 / 1000) * PRICES.lambdaGbSecond;
  const [sweeper, others] = [true, false].map((isSweeper) =>
    FUNCTION_KEYS.filter((key) => (key === 'orderSweeper') === isSweeper).map((key) =>
      lambdaMetric('Duration', key),
    ),
  ) as [Metric[], Metric[]];
  return [
    {
      label: 'Lambda',
      items: [
        { price: msPrice(memoryMb), metrics: others },
        { price: msPrice(sweeperMemoryMb(memoryMb)), metrics: sweeper },
        { price: PRICES.lambdaRequest, metrics: perFunction('Invocations') },
      ],
    },
    { label: 'HTTP API', items: [{ price: PRICES.apiRequest, metrics: [apiMetric('Count')] }] },
    {
      label: 'SNS',
      items: [{ price: PRICES.topicPublish, metrics: [topicMetric('NumberOfMessagesPublished')] }],
    },
    {
      // Received and deleted in batches of ten, so this is the most it can be.
      label: 'SQS, at most',
      items: [
        {
          price: PRICES.queueRequest,
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
        { price: PRICES.tableWriteUnit, metrics: perTable('ConsumedWriteCapacityUnits') },
        { price: PRICES.tableReadUnit, metrics: perTable('ConsumedReadCapacityUnits') },
      ],
    },
  ];
}

/** What the service would cost an hour if it went on like this minute, part by part. Logs and metrics come on top. */
export const costPerHour = (memoryMb: number): MetricRow[] =>
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
