import { shareOfACore } from '../../common/cpuShare.ts';
import { WAYS, type Way } from '../../lib/domain/order.ts';
import { cloudWatchResources } from '../cloudwatch/resources.ts';
import { sizing } from '../parameters.ts';
import { PRICES_READ } from '../prices.ts';
import { type BillLine, billOf, fixedCosts, keptCosts, leversOf, total } from './bill.ts';
import type { Counted, CountedWay } from './counted.ts';

const HEADINGS: Record<Way, string> = {
  queued: 'Queued',
  direct: 'Direct',
  sync: 'Sync',
};
/** A sweep stops so long before its function's time-out. */
const SWEEP_SECONDS = 40;

/** `docs/cost.md`: the bill that follows from what was counted and from the prices. */
export function costDocument(counted: Counted): string {
  const { watching } = sizing({}, 'dev');
  const fixed = fixedCosts(counted, alarmMetrics());
  const kept = keptCosts(counted, watching.logRetentionDays);
  return `${[
    '# What it costs',
    INTRODUCTION(counted),
    ...(['queued', 'direct', 'sync'] as const).flatMap((way) => waySection(way, counted.ways[way])),
    '## A month of a stage that sells nothing',
    'For a stage with the alarms, the dashboard and the sweeper that are the default. The metrics of our own are charged by the hour in which they are written.',
    billTable(fixed),
    '## A month of a million queued orders that are kept',
    billTable(kept),
    '## What each lever saves',
    'Of the bill for a million queued orders:',
    leverTable(counted),
    '## What is not in it',
    'Free tiers and credits, taxes, other regions, what a payment provider takes, and warm throughput (`WARM_WRITES`, `WARM_READS`), which is charged once when it is set. Nothing of this was run on AWS.',
  ].join('\n\n')}\n`;
}

const INTRODUCTION = (counted: Counted) => {
  const { memoryMb, measuredOn, sweptOrder, ways } = counted;
  const { queued } = ways;
  const share = shareOfACore(sizing({}, 'dev').sweeper.memoryMb);
  const sweeps = Math.floor((SWEEP_SECONDS * share * 1000) / sweptOrder.cpuMs / 10) * 10;
  return `Made by \`npm run cost\` from the prices in [ops/prices.ts](../ops/prices.ts) (us-east-1, on demand, read in ${PRICES_READ}, without any
free tier) and from what was counted on ${measuredOn} ([ops/cost/counted.json](../ops/cost/counted.json)). \`npm run cost -- --measure\` counts again:
phase 5b of the sale, 20 buyers for 60 s before 20 workers, who look every order up as \`Retry-After\` says until it has
ended, and a shorter sale of each other way. Calls of DynamoDB, SNS and SQS are counted on the wire, requests, answers and
log lines as the local runtime hands them over, durations with the share of a core that ${memoryMb} MB have on Lambda.

| A million orders | Dollars | Look-ups an order | Bytes logged an order |
|---|---|---|---|
${WAYS.toReversed()
  .toSorted((a, b) => total(billOf(ways[a])) - total(billOf(ways[b])))
  .map((way) => wayRow(way, ways[way]))
  .join('\n')}

A run of the sweeper, which has ${SWEEP_SECONDS} s, comes to about ${sweeps} orders that lost their message (${sweptOrder.cpuMs.toFixed(1)} ms of CPU each, with ${(share * 100).toFixed(0)} % of a
core). An order of ${(queued.storedBytes / queued.orders).toFixed(0)} bytes, its charge included, takes one write unit each time.`;
};

const wayRow = (way: Way, counted: CountedWay): string => {
  const { orders, polls, functionLogBytes, accessLogBytes } = counted;
  const bytes = (functionLogBytes + accessLogBytes) / orders;
  return `| ${HEADINGS[way].toLowerCase()} | ${total(billOf(counted)).toFixed(2)} | ${(polls / orders).toFixed(2)} | ${bytes.toFixed(0)} |`;
};

const waySection = (way: Way, counted: CountedWay): string[] => [
  `## ${HEADINGS[way]}: a million orders`,
  `Counted from ${counted.orders} orders.`,
  billTable(billOf(counted)),
];

function billTable(lines: BillLine[]): string {
  const rows = lines.map(
    ({ what, amount, unit, dollars }) =>
      `| ${what} | ${figure(amount)} ${unit} | ${dollars.toFixed(2)} |`,
  );
  return [
    '| | Amount | Dollars |',
    '|---|---|---|',
    ...rows,
    `| **all of it** | | **${total(lines).toFixed(2)}** |`,
  ].join('\n');
}

const figure = (amount: number): string =>
  amount.toLocaleString('en', { maximumFractionDigits: amount < 100 ? 2 : 0 });

function leverTable(counted: Counted): string {
  const rows = leversOf(counted).map(
    ({ what, savedDollars }) => `| ${what} | ${savedDollars.toFixed(2)} |`,
  );
  return ['| | Dollars |', '|---|---|', ...rows].join('\n');
}

/** Every metric that an alarm looks at is charged for. */
function alarmMetrics(): number {
  const { Resources } = cloudWatchResources(sizing({}, 'dev'), 'dev');
  return Object.values(Resources as Record<string, { Type: string; Properties: AlarmProperties }>)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(
      ({ Properties: { Metrics } }) => Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1,
    )
    .reduce((sum, count) => sum + count, 0);
}

interface AlarmProperties {
  Metrics?: { MetricStat?: object }[];
}
