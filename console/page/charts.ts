import { WAYS, type Way } from '../../lib/domain/order.ts';
import type { Sample } from '../sample.ts';
import type { ServiceInfo } from './api.ts';
import type { ChartSpec, Line } from './chart.ts';
import { type Count, deadLetterCount } from './flow.ts';

const WAY_COLORS: Record<Way, string> = { sync: 'third', queued: 'first', direct: 'second' };
const FUNCTION_COLORS = ['fourth', 'third', 'fifth', 'muted', 'first', 'second', 'warn'];

/** Every chart of the overview; those of the functions follow the manifest. */
export function chartSpecs({ queues, functions }: ServiceInfo): ChartSpec[] {
  const orderQueue = (sample: Sample) => sample.queues[queues.orders];
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
        {
          label: 'waiting',
          color: 'first',
          value: (sample) => orderQueue(sample)?.visible ?? null,
        },
        {
          label: 'in flight',
          color: 'second',
          value: (sample) => orderQueue(sample)?.inFlight ?? null,
        },
        {
          label: 'dead-lettered',
          color: 'bad',
          value: (sample) => deadLetterCount(sample, queues),
        },
      ],
    },
    {
      id: 'chart-concurrency',
      title: 'Concurrent executions',
      unit: '% of the limit',
      lines: [
        ...perFunction(functions, share),
        {
          label: 'all, of the quota',
          color: 'reference',
          value: ({ account }) => share(account),
        },
      ],
    },
    {
      id: 'chart-intake',
      title: 'Intake latency',
      unit: 'ms until 202',
      isSparse: true,
      lines: [
        { label: 'p50', color: 'first', value: ({ intake }) => intake?.p50Ms ?? null },
        { label: 'p95', color: 'third', value: ({ intake }) => intake?.p95Ms ?? null },
        { label: 'p99', color: 'warn', value: ({ intake }) => intake?.p99Ms ?? null },
      ],
    },
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
        { label: 'declined', color: 'warn', value: (sample) => allWays(sample, 'declined') },
        { label: 'cancelled', color: 'bad', value: (sample) => allWays(sample, 'cancelled') },
        { label: 'refused', color: 'muted', value: (sample) => allWays(sample, 'refused') },
        {
          label: 'attempts that failed',
          color: 'fourth',
          value: (sample) => allWays(sample, 'attemptsFailed'),
        },
      ],
    },
    {
      id: 'chart-cold',
      title: 'Cold starts',
      unit: 'since the sample before',
      lines: perFunction(functions, ({ coldStarts }) => coldStarts),
    },
  ];
}

function perWay(
  id: string,
  title: string,
  unit: string,
  value: (sample: Sample, way: Way) => number | null,
): ChartSpec {
  const lines = WAYS.map((way) => ({
    label: way,
    color: WAY_COLORS[way],
    value: (sample: Sample) => value(sample, way),
  }));
  return { id: `chart-${id}`, title, unit, lines };
}

const perFunction = (
  functions: string[],
  value: (state: Sample['functions'][string]) => number,
): Line[] =>
  functions.map((key, index) => ({
    label: key,
    color: FUNCTION_COLORS[index % FUNCTION_COLORS.length] as string,
    value: (sample) => {
      const state = sample.functions[key];
      return state ? value(state) : null;
    },
  }));

const share = ({ running, limit }: { running: number; limit: number }): number =>
  limit > 0 ? (100 * running) / limit : 0;

const rate = (sample: Sample, count: Count, way: Way): number =>
  sample.seconds > 0 ? sample[count][way] / sample.seconds : 0;

const allWays = (sample: Sample, count: Count): number =>
  WAYS.reduce((sum, way) => sum + rate(sample, count, way), 0);
