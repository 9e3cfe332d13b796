import { offeredPerSecond } from '../inputs/load.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import type { Limit } from '../model/limits.ts';
import { processingOf } from '../model/processing.ts';
import type { PlanOutcome } from '../outcome.ts';
import type { Plan } from '../plan.ts';

/** 400,000 GB-s / (3 s x 0.5 GB), of the document. */
export const DOCUMENT_FREE_ORDERS = '267K';

export interface PlanFigure {
  label: string;
  value: string;
}

export function describeSettings(settings: PlanSettings, { method }: PlanOutcome): string {
  const { load, way, sizing, payment, region, seed, pollers } = settings;
  const { mostExecutions, batchSize } = processingOf(settings);
  const how = {
    queued: `${whole(mostExecutions)} workers that pay ${batchSize} at a time${pollers === undefined ? '' : `, ${pollers} pollers`}`,
    direct: `${whole(mostExecutions)} executions`,
    sync: `${whole(mostExecutions)} payments at a time`,
  };
  const exactness = method === 'exact' ? `event by event, seed ${seed}` : 'coarse method';
  return `${load.text}; ${way} way, ${how[way]}, ${sizing.memoryMb} MB, payments of ${payment.text}, ${region} (${exactness})`;
}

/** The one sentence that a plan comes to. */
export function verdictOf(plan: Plan): string {
  const { drainSeconds, refused, unfinished, dropped, offered, waitSeconds } = plan.outcome;
  const refusals = refused.throttled + refused.noConcurrency + refused.unpublished;
  const refusal = causeOf(plan, ({ beyond }) => beyond.startsWith('answers'));
  const cause = causeOf(plan, ({ beyond }) => !beyond.startsWith('answers'));
  const { hasReservations, quota } = plan.settings;
  const shared = hasReservations ? '' : `: all functions share ${whole(quota)} executions`;
  if (refusals > 0.001 * offered)
    return `✗ ${share(refusals, offered)} of the orders are refused${refusal || shared}.`;
  if (dropped >= 1) return `✗ ${whole(dropped)} accepted orders are given up${cause}.`;
  if (drainSeconds === null) return `✗ ${whole(unfinished)} orders have no end after days${cause}.`;
  const last = `the last one ${seconds(drainSeconds)} after it was accepted`;
  return cause === ''
    ? `✓ It keeps up: 95 % of the orders are paid within ${seconds(waitSeconds.p95)}, ${last}.`
    : `✗ It falls behind${cause}: 95 % of the orders are paid within ${seconds(waitSeconds.p95)}, ${last}.`;
}

/** The first limit of a kind that the sale goes beyond. */
function causeOf({ limits, settings }: Plan, isOfKind: (limit: Limit) => boolean): string {
  const rate = offeredPerSecond(settings.load);
  const limit = limits.find((one) => one.ordersPerSecond < rate && isOfKind(one));
  return limit === undefined
    ? ''
    : `: ${limit.what} (${limit.ordersPerSecond.toFixed(1)} orders/s)`;
}

/** What a reader asks a plan, in that order. */
export function keyFigures({ outcome, settings, dollarsPerOrder, freeOrders }: Plan): PlanFigure[] {
  const { offered, accepted, refused, completed, declined, dropped, unfinished, peakVisible } =
    outcome;
  const { waitSeconds, concurrency, drainSeconds } = outcome;
  const refusals = [
    [refused.throttled, '429'],
    [refused.noConcurrency, '503 for want of an execution'],
    [refused.unpublished, '503 from SNS'],
  ] as const;
  const reasons = refusals
    .filter(([count]) => count >= 1)
    .map(([count, why]) => `${why}: ${whole(count)}`);
  const figures: (PlanFigure | false)[] = [
    { label: 'Offered', value: whole(offered) },
    { label: 'Accepted', value: `${whole(accepted)} (${share(accepted, offered)})` },
    {
      label: 'Refused',
      value: `${whole(offered - accepted)}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`,
    },
    { label: 'Completed', value: whole(completed) },
    declined >= 1 && { label: 'Declined', value: whole(declined) },
    { label: 'Dropped', value: `${whole(dropped)} (${share(dropped, accepted)} of the accepted)` },
    unfinished >= 1 && { label: 'Still open', value: whole(unfinished) },
    settings.way === 'queued' && {
      label: 'Queue at its longest',
      value: `${whole(peakVisible.messages)} messages, after ${seconds(peakVisible.second)}; ${whole(outcome.peakInFlight)} in flight`,
    },
    settings.way === 'direct' && {
      label: 'Events that waited',
      value: `${whole(outcome.peakEventsWaiting)} at most`,
    },
    {
      label: 'Last order paid',
      value:
        drainSeconds === null
          ? 'not all of them'
          : `${seconds(drainSeconds)} after it was accepted`,
    },
    {
      label: 'Acceptance to its end',
      value: `p50 ${seconds(waitSeconds.p50)}, p95 ${seconds(waitSeconds.p95)}, max ${seconds(waitSeconds.max)}`,
    },
    {
      label: 'Executions at a time',
      value: `payments ${mean(concurrency.processors)}${settings.way === 'sync' ? '' : `; intake ${mean(concurrency.intake)}`}`,
    },
    dollarsPerOrder !== null && {
      label: 'A million orders cost',
      value: `$${(dollarsPerOrder * 1e6).toFixed(2)}`,
    },
    freeOrders !== null && {
      label: "Lambda's free tier",
      value: `${(freeOrders / 1e6).toFixed(2)} million orders a month (the document: ${DOCUMENT_FREE_ORDERS})`,
    },
  ];
  return figures.filter((figure) => figure !== false);
}

const mean = ({ mean, peak }: { mean: number; peak: number }): string =>
  `${mean.toFixed(1)} on average, ${whole(peak)} at most`;

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

const share = (part: number, all: number): string =>
  all === 0 ? '0 %' : `${((part / all) * 100).toFixed(1)} %`;

export function seconds(value: number | null): string {
  if (value === null) return '–';
  if (value < 600) return `${value.toFixed(1)} s`;
  return value < 7200 ? `${(value / 60).toFixed(1)} min` : `${(value / 3600).toFixed(1)} h`;
}
