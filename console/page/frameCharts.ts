import type { ServiceInfo } from '../../contracts/consoleApi.ts';
import type { LatencySummary } from '../../contracts/runtimeStats.ts';
import type { Sample } from '../../contracts/sample.ts';
import type { ChartSpec, Color, Line } from './liveChart.ts';

/** Of functions and queues that have no colour of their own. */
const COLORS: Color[] = ['fourth', 'fifth', 'muted', 'second', 'first', 'third'];
type ColorOf = (key: string) => Color | undefined;
const noColor: ColorOf = () => undefined;

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

export const concurrencyChart = (functions: string[], colorOf = noColor): ChartSpec => ({
  id: 'chart-concurrency',
  title: 'Concurrent executions',
  unit: '% of the limit',
  lines: [
    ...perFunction(functions, share, colorOf),
    { label: 'all, of the quota', color: 'reference', value: ({ account }) => share(account) },
  ],
});

export const coldStartChart = (functions: string[], colorOf = noColor): ChartSpec => ({
  id: 'chart-cold',
  title: 'Cold starts',
  unit: 'per second',
  lines: perFunction(functions, ({ coldStarts }) => coldStarts, colorOf),
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
    { label: 'p50', color: 'ink', value: (sample) => of(sample)?.p50Ms ?? null },
    { label: 'p95', color: 'ink', dash: 'dashed', value: (sample) => of(sample)?.p95Ms ?? null },
    { label: 'p99', color: 'ink', dash: 'dotted', value: (sample) => of(sample)?.p99Ms ?? null },
  ],
});

const perFunction = (
  functions: string[],
  value: (state: Sample['functions'][string]) => number,
  colorOf: ColorOf,
): Line[] =>
  perKey(
    functions,
    (sample, key) => {
      const state = sample.functions[key];
      return state ? value(state) : null;
    },
    colorOf,
  );

/** Where the colours are used up, the next keys have them dashed. */
function perKey(
  keys: string[],
  value: (sample: Sample, key: string) => number | null,
  colorOf = noColor,
): Line[] {
  const taken = keys.map(colorOf);
  const free = COLORS.filter((color) => !taken.includes(color));
  let used = 0;
  return keys.map((label, index) => {
    const own = taken[index];
    const round = own === undefined ? Math.floor(used / free.length) : 0;
    const color = own ?? free[used++ % free.length] ?? 'muted';
    return {
      label,
      color,
      ...(round > 0 && { dash: 'dashed' }),
      value: (sample) => value(sample, label),
    };
  });
}

const share = ({ running, limit }: { running: number; limit: number }): number =>
  limit > 0 ? (100 * running) / limit : 0;
