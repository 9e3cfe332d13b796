import { offeredPerSecond } from '../inputs/load.ts';
import { type Fee, totalDollars } from '../model/bill.ts';
import type { Plan } from '../plan.ts';
import { assumptionsOf } from './assumptions.ts';
import { DOCUMENT_FREE_ORDERS, describeSettings, keyFigures, verdictOf } from './planFigures.ts';
import { terminalChart } from './terminalChart.ts';

const LABEL_WIDTH = 24;
const SHOWN_LIMITS = 4;

/** The plan for a terminal. */
export function planText(plan: Plan): string {
  return [
    describeSettings(plan.settings, plan.outcome),
    ...['', verdictOf(plan), ''],
    ...keyFigures(plan).map(({ label, value }) => `${label.padEnd(LABEL_WIDTH)}${value}`),
    ...['', ...charts(plan)],
    ...['What gives way first, and at which rate', ...limitLines(plan)],
    ...['', 'Cost', ...feeLines(plan.fees)],
    ...(plan.sizes.length > 0 ? ['', ...sizeLines(plan)] : []),
    ...errorLines(plan),
    ...[
      '',
      'Assumed',
      ...assumptionsOf(plan.settings, plan.outcome.method).map((text) => `  ${text}`),
      '',
    ],
  ].join('\n');
}

function charts({ outcome: { samples } }: Plan): string[] {
  const seconds = samples.length;
  const waiting = samples.map(({ visible, eventsWaiting }) => visible + eventsWaiting);
  const paid = samples.map(({ completed }) => completed);
  return [
    ...terminalChart('Orders that wait', waiting, seconds),
    ...terminalChart('Orders paid a second', paid, seconds),
    '',
  ];
}

function limitLines({ limits, settings }: Plan): string[] {
  const offered = offeredPerSecond(settings.load);
  return limits.slice(0, SHOWN_LIMITS).map(({ what, ordersPerSecond, beyond, wayOut }) => {
    const mark = ordersPerSecond < offered ? '✗' : ' ';
    return `${mark} ${rate(ordersPerSecond)}  ${what}: beyond it ${beyond}; ${wayOut}`;
  });
}

const rate = (perSecond: number): string =>
  `${perSecond.toLocaleString('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })}/s`.padStart(
    11,
  );

const feeLines = (fees: Fee[]): string[] => [
  ...fees.map(
    ({ what, amount, unit, dollars }) =>
      `  ${what.padEnd(LABEL_WIDTH)}${`${amount.toLocaleString('en', { maximumFractionDigits: amount < 100 ? 2 : 0 })} ${unit}`.padStart(22)}${dollars.toFixed(4).padStart(12)} $`,
  ),
  `  ${'all of it'.padEnd(LABEL_WIDTH)}${totalDollars(fees).toFixed(4).padStart(34)} $`,
];

/** Dollars of a million orders, and the millions of orders of the free tier below them. */
function sizeLines({ sizes }: Plan): string[] {
  const batches = [...new Set(sizes.map(({ batchSize }) => batchSize))];
  const memories = [...new Set(sizes.map(({ memoryMb }) => memoryMb))];
  const cell = (memoryMb: number, batchSize: number) => {
    const size = sizes.find((one) => one.memoryMb === memoryMb && one.batchSize === batchSize);
    return `${size?.dollarsPerMillion.toFixed(2)} / ${((size?.freeOrders ?? 0) / 1e6).toFixed(2)}M`.padStart(
      16,
    );
  };
  return [
    `Dollars a million orders / orders a month in Lambda's free tier (the document: ${DOCUMENT_FREE_ORDERS})`,
    `${'  batch'.padEnd(10)}${batches.map((batch) => String(batch).padStart(16)).join('')}`,
    ...memories.map(
      (memoryMb) =>
        `  ${`${memoryMb} MB`.padEnd(8)}${batches.map((batch) => cell(memoryMb, batch)).join('')}`,
    ),
  ];
}

function errorLines({ coarseError }: Plan): string[] {
  if (coarseError === null) return [];
  return [
    '',
    `Coarse method (a fluid, step by step), beside event by event over the first ${coarseError.seconds} s of this sale`,
    ...coarseError.figures.map(
      ({ what, exact, coarse }) =>
        `  ${what.padEnd(36)}${number(coarse).padStart(12)}${number(exact).padStart(12)}${difference(exact, coarse).padStart(10)}`,
    ),
  ];
}

const number = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });

const difference = (exact: number, coarse: number): string =>
  exact === 0
    ? coarse === 0
      ? '0.0 %'
      : ''
    : `${(((coarse - exact) / exact) * 100).toFixed(1)} %`;
