import type { OrderService } from '../../../contracts/orderPanelsApi.ts';
import type { OrderCount, OrderSample } from '../../../contracts/orderSample.ts';
import { WAYS, type Way } from '../../../lib/domain/order.ts';
import { coldStartChart, concurrencyChart, latencyChart } from '../../page/frameCharts.ts';
import type { ChartSpec, Color, Line } from '../../page/liveChart.ts';
import { deadLetterCount } from './orderRates.ts';

const WAY_COLORS: Record<Way, Color> = { sync: 'third', queued: 'first', direct: 'second' };

/** Every chart of the overview; those of the functions follow the manifest. */
export function orderCharts({ orderQueues, functions }: OrderService): ChartSpec<OrderSample>[] {
  const orderQueue = (sample: OrderSample) => sample.queues[orderQueues.orders];
  return [
    perWay('accepted', 'Orders accepted', 'a second', (sample, way) =>
      rate(sample, 'accepted', way),
    ),
    perWay('completed', 'Orders completed', 'a second', (sample, way) =>
      rate(sample, 'completed', way),
    ),
    {
      id: 'chart-queue',
      title: 'Order queue',
      unit: 'messages',
      lines: [
        line('waiting', 'first', (sample) => orderQueue(sample)?.visible ?? null),
        line('in flight', 'second', (sample) => orderQueue(sample)?.inFlight ?? null),
        line('dead-lettered', 'bad', (sample) => deadLetterCount(sample, orderQueues)),
      ],
    },
    concurrencyChart(functions),
    latencyChart('chart-intake', 'Intake latency', 'ms until 202', ({ intake }) => intake),
    {
      ...perWay('wait', 'Acceptance to completion', 'mean, seconds', ({ completionMs }, way) =>
        completionMs[way] === undefined ? null : completionMs[way] / 1000,
      ),
      isSparse: true,
    },
    {
      id: 'chart-not-completed',
      title: 'Not completed',
      unit: 'a second, all ways',
      lines: [
        line('declined', 'warn', (sample) => allWays(sample, 'declined')),
        line('cancelled', 'bad', (sample) => allWays(sample, 'cancelled')),
        line('refused', 'muted', (sample) => allWays(sample, 'refused')),
        line('attempts that failed', 'fourth', (sample) => allWays(sample, 'attemptsFailed')),
      ],
    },
    coldStartChart(functions),
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

const rate = (sample: OrderSample, count: OrderCount, way: Way): number =>
  sample.seconds > 0 ? sample[count][way] / sample.seconds : 0;

const allWays = (sample: OrderSample, count: OrderCount): number =>
  WAYS.reduce((sum, way) => sum + rate(sample, count, way), 0);
