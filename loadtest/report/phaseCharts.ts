import type { ChartSpec, Line, Role } from '../../common/report/chartSpec.ts';
import type { Phase, Sample } from '../../contracts/saleResults.ts';
import { workerRate } from '../documentNumbers.ts';

/** The charts that have something to show for a phase. */
export function phaseCharts(phase: Phase): ChartSpec[] {
  const charts = [
    answers(phase),
    latency(phase),
    depth(phase),
    completions(phase),
    concurrency(phase),
  ];
  return charts.filter(({ lines }) =>
    lines.some(({ values, role }) => role !== 'reference' && values.some((value) => value)),
  );
}

type LineOf = Omit<Line, 'values'> & { value: (sample: Sample) => number | null };

const chartOf = (title: string, unit: string, { samples }: Phase, lines: LineOf[]): ChartSpec => ({
  title,
  unit,
  seconds: samples.map(({ second }) => second),
  lines: lines
    .map(({ value, ...line }) => ({ ...line, values: samples.map(value) }))
    .filter(({ values }) => values.some((figure) => figure !== null)),
});

/** The keys that a record of any second has, in order. */
const keysOf = ({ samples }: Phase, record: 'answers' | 'concurrency'): string[] =>
  [...new Set(samples.flatMap((sample) => Object.keys(sample[record])))].sort();

function answers(phase: Phase): ChartSpec {
  const asked = phase.summary.load?.askedPerSecond ?? null;
  return chartOf('Answers a second', 'orders/s', phase, [
    ...keysOf(phase, 'answers').map((status) => ({
      label: meaningOf(status),
      role: roleOf(status),
      value: (sample: Sample) => sample.answers[status] ?? 0,
      filled: true,
    })),
    { label: 'sent', role: 'second', value: ({ sent }) => sent },
    {
      label: 'asked, closed loop',
      role: 'reference',
      value: ({ second }) =>
        asked === null || second >= phase.plannedSeconds ? null : round(asked),
    },
  ]);
}

function meaningOf(status: string): string {
  if (status === '0') return 'no answer';
  if (status.startsWith('2')) return `${status} accepted`;
  return status === '503' || status === '429'
    ? `${status} refused`
    : status === '402'
      ? '402 declined'
      : status;
}

function roleOf(status: string): Role {
  if (status.startsWith('2')) return 'first';
  return ['503', '429', '402'].includes(status) ? 'refused' : 'bad';
}

/** They lie close together: told apart by colour and by dashes. */
const LATENCIES = [
  { label: 'p50', role: 'first' },
  { label: 'p95', role: 'second', dash: [10, 4] },
  { label: 'p99', role: 'third', dash: [4, 4] },
  { label: 'max', role: 'fourth', dash: [1, 4] },
] as const;

function latency(phase: Phase): ChartSpec {
  const of = (figure: 'p50' | 'p95' | 'p99' | 'max' | 'count') => (sample: Sample) =>
    sample.latency?.[figure] ?? null;
  return chartOf('Time until an accepted order is answered', 'ms', phase, [
    ...LATENCIES.map((line) => ({ ...line, value: of(line.label) })),
    { label: 'count', role: 'fourth', value: of('count'), isOnlyInTable: true },
  ]);
}

function depth(phase: Phase): ChartSpec {
  const lines: LineOf[] = [];
  if (phase.way === 'queued')
    lines.push(
      { label: 'visible', role: 'first', value: ({ visible }) => visible, filled: true },
      { label: 'in flight', role: 'second', value: ({ inFlight }) => inFlight },
      { label: 'both', role: 'fourth', value: bothOf },
    );
  if (phase.samples.some(({ asyncWaiting }) => (asyncWaiting ?? 0) > 0)) {
    const label = 'asynchronous events waiting';
    lines.push({ label, role: 'third', value: ({ asyncWaiting }) => asyncWaiting });
  }
  if (phase.samples.some(({ deadLettered }) => (deadLettered ?? 0) > 0))
    lines.push({ label: 'dead-lettered', role: 'bad', value: ({ deadLettered }) => deadLettered });
  return chartOf('Queue depth', 'orders', phase, [...lines, ...formulaOf(phase)]);
}

const bothOf = ({ visible, inFlight }: Sample): number | null =>
  visible === null || inFlight === null ? null : visible + inFlight;

/** What the formula lets the depth be: growing under one worker, shrinking while a backlog is drained. */
function formulaOf({ summary: { drain, queue }, workers, samples }: Phase): LineOf[] {
  if (drain !== null && workers !== null) {
    const left = (second: number) => Math.max(0, drain.backlog - workerRate(workers) * second);
    return [{ label: 'formula', role: 'reference', value: ({ second }) => round(left(second)) }];
  }
  if (queue?.arrivalsPerSecond == null || workers !== 1) return [];
  const growth = queue.arrivalsPerSecond - workerRate(1);
  const first = samples.find(({ second }) => second === queue.fromSecond);
  const start = (first?.visible ?? 0) + (first?.inFlight ?? 0);
  const value = ({ second }: Sample) =>
    second < queue.fromSecond || second > queue.toSecond
      ? null
      : round(start + growth * (second - queue.fromSecond));
  return [{ label: 'formula, from the arrivals', role: 'reference', value }];
}

/** A sync order is completed when it is answered: only the others have a line of their own. */
function completions(phase: Phase): ChartSpec {
  const done = ({ completed }: Sample) => (phase.way === 'sync' ? null : completed);
  return chartOf('Orders completed a second', 'orders/s', phase, [
    { label: 'completed', role: 'first', value: done, filled: true },
    { label: 'accepted', role: 'second', value: (sample) => sample.answers['202'] ?? null },
  ]);
}

const FUNCTION_ROLES: Record<string, Role> = {
  orderSync: 'first',
  queueWorker: 'first',
  topicProcessor: 'first',
  orderAsync: 'second',
  orderStatus: 'third',
  orderSweeper: 'fourth',
};

const concurrency = (phase: Phase): ChartSpec =>
  chartOf(
    'Executions at a time',
    'executions',
    phase,
    keysOf(phase, 'concurrency').map((key) => ({
      label: key,
      role: FUNCTION_ROLES[key] ?? 'fourth',
      value: (sample) => sample.concurrency[key] ?? 0,
    })),
  );

const round = (value: number): number => Math.round(value * 10) / 10;
