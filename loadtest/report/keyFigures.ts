import { percentOf } from '../../common/report/format.ts';
import type { Phase } from '../../contracts/saleResults.ts';

export interface KeyFigure {
  label: string;
  value: number | null;
  unit: string;
  digits?: number;
}

/** The figures that tell a phase, in the order a reader asks for them. */
export function keyFigures({ summary }: Phase): KeyFigure[] {
  return [
    ...stockFigures(summary),
    ...loadFigures(summary),
    ...drainFigures(summary),
    ...queueFigures(summary),
    ...runtimeFigures(summary),
  ];
}

function loadFigures({ load }: Phase['summary']): KeyFigure[] {
  if (load === null) return [];
  const latency = load.acceptedLatency;
  return [
    { label: 'accepted', value: percentOf(load.accepted, load.answered), unit: '%', digits: 1 },
    { label: 'orders accepted', value: load.accepted, unit: '' },
    { label: 'refused', value: load.refused, unit: '' },
    { label: 'failed', value: load.failed, unit: '' },
    { label: 'sent', value: load.sentPerSecond, unit: '/s', digits: 1 },
    { label: 'asked', value: load.askedPerSecond, unit: '/s', digits: 1 },
    { label: 'p50', value: latency.p50, unit: 'ms', digits: 0 },
    { label: 'p95', value: latency.p95, unit: 'ms', digits: 0 },
    { label: 'p99', value: latency.p99, unit: 'ms', digits: 0 },
    { label: 'slowest', value: latency.max, unit: 'ms', digits: 0 },
  ];
}

function stockFigures({ stock }: Phase['summary']): KeyFigure[] {
  if (stock === null) return [];
  return [
    { label: 'units sold', value: stock.sold, unit: `of ${stock.units}` },
    { label: 'units free', value: stock.free, unit: '' },
    { label: 'first to last unit', value: stock.soldOutAfterSeconds, unit: 's', digits: 1 },
    { label: 'sold out: refused', value: stock.refused, unit: '' },
  ];
}

function drainFigures({ drain }: Phase['summary']): KeyFigure[] {
  if (drain === null) return [];
  return [
    { label: 'backlog', value: drain.backlog, unit: 'orders' },
    { label: 'drained after', value: drain.drainedAfterSeconds, unit: 's', digits: 1 },
  ];
}

function queueFigures({ queue, completion }: Phase['summary']): KeyFigure[] {
  const depth: KeyFigure[] =
    queue === null
      ? []
      : [
          { label: 'queue growth', value: queue.growthPerSecond, unit: '/s', digits: 1 },
          { label: 'mean visible', value: queue.meanVisible, unit: '', digits: 0 },
          { label: 'peak visible', value: queue.peakVisible, unit: '' },
          { label: 'peak in flight', value: queue.peakInFlight, unit: '' },
          { label: 'dead-lettered', value: queue.deadLettered, unit: '' },
          { label: 'completed', value: queue.completedPerSecond, unit: '/s', digits: 1 },
        ];
  if (completion === null) return depth;
  return [
    ...depth,
    { label: 'order to end, p50', value: completion.waitSeconds.p50, unit: 's', digits: 1 },
    { label: 'order to end, p95', value: completion.waitSeconds.p95, unit: 's', digits: 1 },
    { label: 'order to end, max', value: completion.waitSeconds.max, unit: 's', digits: 1 },
    { label: 'orders ended', value: completion.count, unit: '' },
  ];
}

function runtimeFigures({ runtime, completion, load }: Phase['summary']): KeyFigure[] {
  const billed = runtime?.billedGbSeconds.queueWorker;
  const total = (values: Record<string, number>) =>
    Object.values(values).reduce((sum, value) => sum + value, 0);
  return [
    ...(runtime === null
      ? []
      : [
          { label: 'throttles', value: total(runtime.throttles), unit: '' },
          { label: 'cold starts', value: total(runtime.coldStarts), unit: '' },
        ]),
    ...(billed === undefined || completion === null || completion.count === 0
      ? []
      : [{ label: 'billed an order', value: billed / completion.count, unit: 'GB-s', digits: 4 }]),
    ...(load === null
      ? []
      : [{ label: "Locust's CPU", value: load.cpuMeanPercent, unit: '%', digits: 0 }]),
  ];
}
