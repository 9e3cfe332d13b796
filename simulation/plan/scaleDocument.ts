import { coarsePlan } from './coarse/coarse.ts';
import { enoughFor } from './enough.ts';
import { readPlanOptions } from './inputs/planOptions.ts';
import type { PlanSettings } from './inputs/settings.ts';
import { totalDollars } from './model/bill.ts';
import { limitsOf } from './model/limits.ts';
import { PROVISIONED_INVOCATIONS } from './model/quotas.ts';
import { MOST_EXACT_ORDERS, makePlan, type Plan } from './plan.ts';
import { seconds, whole } from './report/planFigures.ts';

const ORDERS_A_MINUTE = [600, 6_000, 60_000, 1_000_000];
const MINUTES = 10;
const DURATION = `${MINUTES}m`;
const PLACE = { stage: 'dev', region: 'us-east-1' };

/** `docs/scale.md`: the same sale at four sizes. */
export async function scaleDocument(): Promise<string> {
  const sections = [];
  for (const perMinute of ORDERS_A_MINUTE) sections.push(await sizeSection(perMinute));
  return `${[
    '# From 600 to 1,000,000 orders a minute',
    INTRODUCTION,
    [
      '| Orders a minute | As it is, met first | To set | To ask of AWS | 95 % paid within | An hour costs | A million orders |',
      '|---|---|---|---|---|---|---|',
      ...sections.map(({ row }) => row),
    ].join('\n'),
    ...sections.map(({ text }) => text),
    '## What it rests on',
    'The assumptions that `sls plan` prints beside its numbers. Limits are the published ones of us-east-1; nothing of this was run on AWS.',
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Made by \`npm run scale\` from the engine of \`sls plan\`: a sale of ${MINUTES} minutes by the queue with payments of 3 s, first with
the manifest's defaults, then with the least that is enough and room for a tenth more. Beyond ${whole(MOST_EXACT_ORDERS)} orders the coarse
method plans, and its error beside the exact one is shown.`;

async function sizeSection(perMinute: number): Promise<{ row: string; text: string }> {
  const perSecond = perMinute / 60;
  const usual = readPlanOptions(
    { rate: `${perMinute}/min`, duration: DURATION, way: 'queued' },
    { environment: {}, ...PLACE },
  );
  const [first] = limitsOf(usual);
  const { settings, parameters, asks } = enoughFor(perSecond, DURATION, PLACE);
  const plan = await makePlan(settings);
  const hourDollars = totalDollars(plan.fees) * (60 / MINUTES);
  const { outcome } = plan;
  const set = Object.entries(parameters).map(([name, value]) => `\`${name}=${value}\``);
  const figures = [
    ...[whole(perMinute), first ? `${first.what} (${rate(first.ordersPerSecond)})` : ''],
    ...[
      set.join(', ') || 'nothing',
      asks.join(', ') || 'nothing',
      seconds(outcome.waitSeconds.p95),
    ],
    ...[`$${hourDollars.toFixed(2)}`, `$${((plan.dollarsPerOrder ?? 0) * 1e6).toFixed(2)}`],
  ];
  const text = [
    `## ${whole(perMinute)} orders a minute`,
    `As it is: ${asItIs(coarsePlan(usual))}`,
    `With what is to be set and asked for: ${asItIs(outcome)} What gives way next: ${nextLimits(plan)}.`,
    ...withPollers(settings),
    ...errorTable(plan),
  ].join('\n\n');
  return { row: `| ${figures.join(' | ')} |`, text };
}

function asItIs({
  accepted,
  offered,
  peakVisible,
  drainSeconds,
  waitSeconds,
}: Plan['outcome']): string {
  const queue = `at most ${whole(peakVisible.messages)} wait in the queue`;
  const paid = `95 % are paid within ${seconds(waitSeconds.p95)}, the last one ${seconds(drainSeconds)} after it was accepted`;
  return `${((accepted / offered) * 100).toFixed(1)} % of the orders are accepted, ${queue}, ${paid}.`;
}

/** A mapping that begins with five invocations takes minutes to hundreds: provisioned pollers are there at once. */
function withPollers(settings: PlanSettings): string[] {
  const { concurrency } = settings.sizing.workers;
  if (concurrency <= SLOW_TO_BEGIN) return [];
  const pollers = Math.ceil(concurrency / PROVISIONED_INVOCATIONS.perPoller);
  const outcome = coarsePlan({ ...settings, pollers });
  return [`With ${pollers} provisioned pollers from the first second: ${asItIs(outcome)}`];
}

const SLOW_TO_BEGIN = 100;

const nextLimits = ({ limits }: Plan): string =>
  limits
    .slice(0, 2)
    .map(({ what, ordersPerSecond }) => `${what} (${rate(ordersPerSecond)})`)
    .join(', then ');

const rate = (perSecond: number): string =>
  `${perSecond.toLocaleString('en', { maximumFractionDigits: 0 })}/s`;

function errorTable({ coarseError }: Plan): string[] {
  if (coarseError === null) return [];
  const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 1 });
  return [
    [
      `| The first ${coarseError.seconds} s | Coarse | Event by event |`,
      '|---|---|---|',
      ...coarseError.figures.map(
        ({ what, exact, coarse }) => `| ${what} | ${number(coarse)} | ${number(exact)} |`,
      ),
    ].join('\n'),
  ];
}
