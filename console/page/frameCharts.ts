import type { ServiceInfo } from '../../contracts/consoleApi.ts';
import type { LatencySummary } from '../../contracts/runtimeStats.ts';
import type { Sample } from '../../contracts/sample.ts';
import type { ChartSpec, Color, Line } from './liveChart.ts';

const COLORS: Color[] = ['fourth', 'third', 'fifth', 'muted', 'first', 'second', 'warn'];

/** The charts of a service that brings none. */
export const frameCharts = ({ functions, queues }: ServiceInfo): ChartSpec[] => [
  {
    id: 'chart-queues',
    title: 'Queues',
    unit: 'messages waiting',
    lines: perKey(queues, (sample, name) => sample.queues[name]?.visible ?? null),
  },
  concurrencyChart(functions),
  latencyChart('chart-latency', 'Latency of the API', 'ms', ({ latency }) => latency),
  coldStartChart(functions),
];

export const concurrencyChart = (functions: string[]): ChartSpec => ({
  id: 'chart-concurrency',
  title: 'Concurrent executions',
  unit: '% of the limit',
  lines: [
    ...perFunction(functions, share),
    { label: 'all, of the quota', color: 'reference', value: ({ account }) => share(account) },
  ],
});

export const coldStartChart = (functions: string[]): ChartSpec => ({
  id: 'chart-cold',
  title: 'Cold starts',
  unit: 'since the sample before',
  lines: perFunction(functions, ({ coldStarts }) => coldStarts),
});

export const latencyChart = <S extends Sample>(
  id: string,
  title: string,
  unit: string,
  of: (sample: S) => LatencySummary | null,
): ChartSpec<S> => ({
  id,
  title,
  unit,
  isSparse: true,
  lines: [
    { label: 'p50', color: 'first', value: (sample) => of(sample)?.p50Ms ?? null },
    { label: 'p95', color: 'third', value: (sample) => of(sample)?.p95Ms ?? null },
    { label: 'p99', color: 'warn', value: (sample) => of(sample)?.p99Ms ?? null },
  ],
});

const perFunction = (
  functions: string[],
  value: (state: Sample['functions'][string]) => number,
): Line[] =>
  perKey(functions, (sample, key) => {
    const state = sample.functions[key];
    return state ? value(state) : null;
  });

const perKey = (keys: string[], value: (sample: Sample, key: string) => number | null): Line[] =>
  keys.map((key, index) => ({
    label: key,
    color: COLORS[index % COLORS.length] ?? 'first',
    value: (sample) => value(sample, key),
  }));

const share = ({ running, limit }: { running: number; limit: number }): number =>
  limit > 0 ? (100 * running) / limit : 0;
