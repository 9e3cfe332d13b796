import { type Sample, WAYS, type Way } from '../sample.ts';
import type { ServiceInfo } from './api.ts';
import type { ChartSpec, Line } from './chart.ts';

const WAY_COLORS: Record<Way, string> = { sync: 'third', queued: 'first', direct: 'second' };
const FUNCTION_COLORS = ['fourth', 'third', 'reference', 'muted', 'first', 'second', 'warn'];

/** Every chart of the overview; those of the functions follow the manifest. */
export function chartSpecs({ queues, functions }: ServiceInfo): ChartSpec[] {
  const orderQueue = (sample: Sample) => sample.queues[queues.orders];
  const dead = (sample: Sample) =>
    [queues.orderDeadLetters, queues.directDeadLetters]
      .map((name) => sample.queues[name])
      .reduce((sum, depth) => sum + (depth ? depth.visible + depth.inFlight : 0), 0);
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
        { label: 'dead-lettered', color: 'bad', value: dead },
      ],
    },
    {
      id: 'chart-concurrency',
      title: 'Concurrent executions',
      unit: '% of the limit',
      lines: perFunction(functions, ({ running, limit }) =>
        limit > 0 ? (100 * running) / limit : 0,
      ),
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

const rate = (sample: Sample, count: 'accepted' | 'completed', way: Way): number =>
  sample.seconds > 0 ? sample[count][way] / sample.seconds : 0;
