import type { OrderService } from '../../../contracts/orderPanelsApi.ts';
import type { OrderCount, OrderSample } from '../../../contracts/orderSample.ts';
import { WAYS, type Way } from '../../../lib/domain/order.ts';
import { coldStartChart, concurrencyChart, latencyChart } from '../../page/frameCharts.ts';
import type { ChartSpec, Color, Line } from '../../page/liveChart.ts';
import { deadLetterCount } from './orderRates.ts';

const WAY_COLORS: Record<Way, Color> = { sync: 'third', queued: 'first', direct: 'second' };
/** A function has the colour of the way that it pays. */
const FUNCTION_COLORS: Record<string, Color> = {
  orderSync: WAY_COLORS.sync,
  queueWorker: WAY_COLORS.queued,
  topicProcessor: WAY_COLORS.direct,
};
const RATE_SECONDS = 10;

/** Every chart of the overview; those of the functions follow the manifest. */
export function orderCharts({ orderQueues, functions }: OrderService): ChartSpec<OrderSample>[] {
  const orderQueue = (sample: OrderSample) => sample.queues[orderQueues.orders];
  return [
    rateOfWays('accepted', 'Orders accepted'),
    rateOfWays('completed', 'Orders completed'),
    {
      id: 'chart-queue',
      title: 'Order queue',
      unit: 'messages',
      lines: [
        line('waiting', 'first', (sample) => orderQueue(sample)?.visible ?? null),
        {
          ...line('in flight', 'first', (sample) => orderQueue(sample)?.inFlight ?? null),
          dash: 'dashed',
        },
        line('dead letters', 'bad', (sample) => deadLetterCount(sample, orderQueues)),
      ],
    },
    concurrencyChart(functions, (key) => FUNCTION_COLORS[key]),
    latencyChart('chart-intake', 'Time to accept an order', 'milliseconds', ({ intake }) => intake),
    {
      ...perWay('wait', 'From acceptance to payment', 'seconds, mean', ({ completionMs }, way) =>
        completionMs[way] === undefined ? null : completionMs[way] / 1000,
      ),
      isSparse: true,
    },
    {
      id: 'chart-not-completed',
      title: 'Not completed',
      unit: 'per second, all ways',
      rateSeconds: RATE_SECONDS,
      lines: [
        line('declined', 'warn', (sample) => allWays(sample, 'declined')),
        line('cancelled', 'fifth', (sample) => allWays(sample, 'cancelled')),
        line('refused', 'muted', (sample) => allWays(sample, 'refused')),
        line('attempts that failed', 'fourth', (sample) => allWays(sample, 'attemptsFailed')),
      ],
    },
    coldStartChart(functions, (key) => FUNCTION_COLORS[key]),
  ];
}

const line = (
  label: string,
  color: Color,
  value: Line<OrderSample>['value'],
): Line<OrderSample> => ({ label, color, value });

function perWay(
  id: string,
  title: string,
  unit: string,
  value: (sample: OrderSample, way: Way) => number | null,
): ChartSpec<OrderSample> {
  const lines = WAYS.map((way) => line(way, WAY_COLORS[way], (sample) => value(sample, way)));
  return { id: `chart-${id}`, title, unit, lines };
}

const rateOfWays = (count: OrderCount, title: string): ChartSpec<OrderSample> => ({
  ...perWay(count, title, 'per second, over 10 s', (sample, way) => sample[count][way]),
  rateSeconds: RATE_SECONDS,
});

const allWays = (sample: OrderSample, count: OrderCount): number =>
  WAYS.reduce((sum, way) => sum + sample[count][way], 0);
