import { chartFigure } from '../../../common/report/chartFigure.ts';
import type { ChartSpec, Line } from '../../../common/report/chartSpec.ts';
import { figure } from '../../../common/report/format.ts';
import { type Html, html } from '../../../common/report/html.ts';
import { selfContainedPage } from '../../../common/report/selfContainedPage.ts';
import { offeredPerSecond } from '../inputs/load.ts';
import { totalDollars } from '../model/bill.ts';
import type { PlanSample } from '../outcome.ts';
import type { Plan } from '../plan.ts';
import { assumptionsOf } from './assumptions.ts';
import { DOCUMENT_FREE_ORDERS, describeSettings, keyFigures, verdictOf } from './planFigures.ts';

/** The plan as one page that loads nothing. */
export function planPage(plan: Plan): Promise<string> {
  const charts = chartsOf(plan);
  const verdict = verdictOf(plan);
  const body = html`
    <header>
      <h1>A sale, planned</h1>
      <p class="muted">${describeSettings(plan.settings, plan.outcome)}</p>
      <div class="badge verdict-line ${verdict.startsWith('✓') ? 'good' : 'bad'}"><span>${verdict}</span></div>
    </header>
    <section class="card">
      <dl class="facts">${keyFigures(plan).map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
      <div class="charts">${charts.map(chartFigure)}</div>
    </section>
    ${limitTable(plan)} ${billTable(plan)} ${sizeTable(plan)} ${errorTable(plan)}
    <h2>What it rests on</h2>
    <ul class="card">${assumptionsOf(plan.settings, plan.outcome.method).map((text) => html`<li>${text}</li>`)}</ul>
    <p class="muted">Charts: uPlot, © 2022 Leon Sorokin, MIT licence</p>`;
  return selfContainedPage({ title: `Plan: ${plan.settings.load.text}`, body, charts });
}

/** As many points as a chart can show. */
const MOST_POINTS = 600;

function chartsOf({ outcome: { samples }, settings: { way } }: Plan): ChartSpec[] {
  const every = Math.ceil(samples.length / MOST_POINTS);
  const shown = samples.filter((_, index) => index % every === 0);
  const line = (
    label: string,
    role: Line['role'],
    of: (sample: PlanSample) => number,
    filled = false,
  ): Line => ({
    ...{ label, role, filled, values: shown.map((sample) => Math.round(of(sample) * 10) / 10) },
  });
  const chart = (title: string, unit: string, lines: Line[]): ChartSpec => ({
    ...{ title, unit, lines, seconds: shown.map(({ second }) => second) },
  });
  const flows = chart('Orders a second', 'orders/s', [
    line('completed', 'first', ({ completed }) => completed, true),
    line('accepted', 'second', ({ accepted }) => accepted),
    line('offered', 'reference', ({ offered }) => offered),
  ]);
  const waiting =
    way === 'queued'
      ? [
          line('visible', 'first', ({ visible }) => visible, true),
          line('in flight', 'second', ({ inFlight }) => inFlight),
        ]
      : [line('events waiting', 'first', ({ eventsWaiting }) => eventsWaiting, true)];
  return [
    flows,
    ...(way === 'sync' ? [] : [chart('Orders that wait', 'orders', waiting)]),
    chart('Executions that take payments', 'executions', [
      line('executions', 'first', ({ processors }) => processors, true),
    ]),
  ];
}

const table = (title: string, headings: string[], rows: Html[]): Html => html`
  <h2>${title}</h2>
  <div class="card scroll whole" tabindex="0" role="region" aria-label="${title}">
    <table class="numbers">
      <thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`;

function limitTable({ limits, settings }: Plan): Html {
  const offered = offeredPerSecond(settings.load);
  return table(
    'What gives way first, and at which rate',
    ['Limit', 'Orders a second', 'Beyond it', 'Way out'],
    limits.map(
      ({ what, ordersPerSecond, beyond, wayOut }) =>
        html`<tr><td class="text">${ordersPerSecond < offered && '✗ '}${what}</td><td>${figure(ordersPerSecond, 1)}</td><td class="text">${beyond}</td><td class="text">${wayOut}</td></tr>`,
    ),
  );
}

function billTable({ fees }: Plan): Html {
  const row = (what: string, amount: string, dollars: number) =>
    html`<tr><td class="text">${what}</td><td>${amount}</td><td>${figure(dollars, 4)}</td></tr>`;
  return table(
    'Cost',
    ['', 'Amount', 'Dollars'],
    [
      ...fees.map(({ what, amount, unit, dollars }) =>
        row(what, `${figure(amount)} ${unit}`, dollars),
      ),
      row('All of it', '', totalDollars(fees)),
    ],
  );
}

function sizeTable({ sizes }: Plan): Html | null {
  if (sizes.length === 0) return null;
  return table(
    'By memory and batch',
    [
      'Memory',
      'Batch',
      'Dollars a million orders',
      `Orders a month in Lambda's free tier (document: ${DOCUMENT_FREE_ORDERS})`,
    ],
    sizes.map(
      ({ memoryMb, batchSize, dollarsPerMillion, freeOrders }) =>
        html`<tr><td>${memoryMb} MB</td><td>${batchSize}</td><td>${figure(dollarsPerMillion, 2)}</td><td>${figure(freeOrders, 0)}</td></tr>`,
    ),
  );
}

function errorTable({ coarseError }: Plan): Html | null {
  if (coarseError === null) return null;
  return table(
    `The coarse method beside event by event, over the first ${coarseError.seconds} s`,
    ['', 'Coarse', 'Event by event'],
    coarseError.figures.map(
      ({ what, exact, coarse }) =>
        html`<tr><td class="text">${what}</td><td>${figure(coarse)}</td><td>${figure(exact)}</td></tr>`,
    ),
  );
}
