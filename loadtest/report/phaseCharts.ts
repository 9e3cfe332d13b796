import type { Phase, Sample } from '../../contracts/saleResults.ts';
import { workerRate } from '../documentNumbers.ts';

/** What a line means; the style sheet gives each role its colour. */
export type Role = 'first' | 'second' | 'third' | 'fourth' | 'bad' | 'refused' | 'reference';

export interface Line {
  label: string;
  role: Role;
  values: (number | null)[];
  /** Drawn as an area. */
  filled?: boolean;
  /** In the table alone: its unit is another than the chart's. */
  isOnlyInTable?: boolean;
}

export interface ChartSpec {
  title: string;
  unit: string;
  seconds: number[];
  lines: Line[];
}

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

const chartOf = (title: string, unit: string, { samples }: Phase, lines: Line[]): ChartSpec => ({
  title,
  unit,
  seconds: samples.map(({ second }) => second),
  lines: lines.filter(({ values }) => values.some((value) => value !== null)),
});

const line = (
  label: string,
  role: Role,
  { samples }: Phase,
  value: (sample: Sample) => number | null,
): Line => ({
  label,
  role,
  values: samples.map(value),
});

function answers(phase: Phase): ChartSpec {
  const { load } = phase.summary;
  const statuses = [
    ...new Set(phase.samples.flatMap(({ answers: counts }) => Object.keys(counts))),
  ].sort();
  const asked = load?.askedPerSecond ?? null;
  const planned = ({ second }: Sample) => second < phase.plannedSeconds;
  return chartOf('Answers a second', 'orders/s', phase, [
    ...statuses.map((status) => ({
      ...line(
        meaningOf(status),
        roleOf(status),
        phase,
        ({ answers: counts }) => counts[status] ?? 0,
      ),
      filled: true,
    })),
    line('sent', 'second', phase, ({ sent }) => sent),
    ...(asked === null
      ? []
      : [
          line('asked, closed loop', 'reference', phase, (sample) =>
            planned(sample) ? round(asked) : null,
          ),
        ]),
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

const latency = (phase: Phase): ChartSpec =>
  chartOf('Time until an accepted order is answered', 'ms', phase, [
    line('p50', 'first', phase, (sample) => sample.latency?.p50 ?? null),
    line('p95', 'second', phase, (sample) => sample.latency?.p95 ?? null),
    line('p99', 'third', phase, (sample) => sample.latency?.p99 ?? null),
    line('max', 'fourth', phase, (sample) => sample.latency?.max ?? null),
    {
      ...line('count', 'fourth', phase, (sample) => sample.latency?.count ?? null),
      isOnlyInTable: true,
    },
  ]);

function depth(phase: Phase): ChartSpec {
  const isQueue = phase.way === 'queued';
  const dead = phase.samples.some(({ deadLettered }) => (deadLettered ?? 0) > 0);
  const waiting = phase.samples.some(({ asyncWaiting }) => (asyncWaiting ?? 0) > 0);
  return chartOf('Queue depth', 'orders', phase, [
    ...(isQueue
      ? [{ ...line('visible', 'first', phase, ({ visible }) => visible), filled: true }]
      : []),
    ...(isQueue ? [line('in flight', 'second', phase, ({ inFlight }) => inFlight)] : []),
    ...(isQueue ? [line('both', 'fourth', phase, bothOf)] : []),
    ...(waiting
      ? [line('asynchronous events waiting', 'third', phase, ({ asyncWaiting }) => asyncWaiting)]
      : []),
    ...(dead ? [line('dead-lettered', 'bad', phase, ({ deadLettered }) => deadLettered)] : []),
    ...formulaOf(phase),
  ]);
}

const bothOf = ({ visible, inFlight }: Sample): number | null =>
  visible === null || inFlight === null ? null : visible + inFlight;

/** What the formula lets the depth be: growing under one worker, shrinking while a backlog is drained. */
function formulaOf(phase: Phase): Line[] {
  const { drain, queue } = phase.summary;
  if (drain !== null && phase.workers !== null) {
    const rate = workerRate(phase.workers);
    return [
      line('formula', 'reference', phase, ({ second }) =>
        round(Math.max(0, drain.backlog - rate * second)),
      ),
    ];
  }
  if (queue?.arrivalsPerSecond == null || phase.workers !== 1) return [];
  const growth = queue.arrivalsPerSecond - workerRate(1);
  const first = phase.samples.find(({ second }) => second === queue.fromSecond);
  const start = (first?.visible ?? 0) + (first?.inFlight ?? 0);
  const expected = ({ second }: Sample) =>
    second < queue.fromSecond || second > queue.toSecond
      ? null
      : round(start + growth * (second - queue.fromSecond));
  return [line('formula, from the arrivals', 'reference', phase, expected)];
}

/** A sync order is completed when it is answered: only the others have a line of their own. */
const completions = (phase: Phase): ChartSpec =>
  chartOf('Orders completed a second', 'orders/s', phase, [
    {
      ...line('completed', 'first', phase, ({ completed }) =>
        phase.way === 'sync' ? null : completed,
      ),
      filled: true,
    },
    line('accepted', 'second', phase, ({ answers: counts }) => counts['202'] ?? null),
  ]);

const FUNCTION_ROLES: Record<string, Role> = {
  orderSync: 'first',
  queueWorker: 'first',
  topicProcessor: 'first',
  orderAsync: 'second',
  orderStatus: 'third',
  orderSweeper: 'fourth',
};

function concurrency(phase: Phase): ChartSpec {
  const keys = [
    ...new Set(phase.samples.flatMap((sample) => Object.keys(sample.concurrency))),
  ].sort();
  return chartOf('Executions at a time', 'executions', phase, [
    ...keys.map((key) =>
      line(key, FUNCTION_ROLES[key] ?? 'fourth', phase, (sample) => sample.concurrency[key] ?? 0),
    ),
  ]);
}

const round = (value: number): number => Math.round(value * 10) / 10;
