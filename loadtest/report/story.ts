import { figure, percentOf } from '../../common/report/format.ts';
import { type Html, html } from '../../common/report/html.ts';
import type { Phase, Results } from '../../contracts/saleResults.ts';
import { PHASE } from '../documentNumbers.ts';

/** One way through the sale, as a stranger asks about it. */
export interface WayRow {
  way: string;
  buyers: string;
  sent: string;
  accepted: string;
  answered: string;
  paid: string;
  meaning: string;
}

const WAYS: [id: string, way: string, meaning: string][] = [
  [
    PHASE.flashSale,
    'The buyer waits',
    'each is paid while the buyer waits; the rest are turned away',
  ],
  [PHASE.oneWorker, 'A queue, one worker', 'everybody is taken, and the queue grows'],
  [
    PHASE.manyWorkers,
    'A queue, enough workers',
    'everybody is taken, and paid as fast as orders come',
  ],
  [PHASE.direct, 'SNS straight to Lambda', 'everybody is taken, one execution for each order'],
];

export const wayRows = ({ phases, settings }: Results): WayRow[] =>
  WAYS.flatMap(([id, way, meaning]) => {
    const phase = phases.find((candidate) => candidate.id === id);
    const load = phase?.summary.load;
    if (phase === undefined || !load) return [];
    const workers = id === PHASE.manyWorkers ? ` (${settings.workers})` : '';
    return [
      {
        way: `${way}${workers}`,
        buyers: figure(load.users),
        sent: `${figure(load.sentPerSecond, 1)} per second`,
        accepted: `${figure(percentOf(load.accepted, load.answered), 0)} %`,
        answered: timeText(load.acceptedLatency.p50),
        paid: paidAfter(phase),
        meaning: `${meaning}${id === PHASE.oneWorker ? paidMeanwhile(phase) : ''}`,
      },
    ];
  });

/** The times of those that were paid say nothing of the many that were not. */
const paidMeanwhile = ({ summary: { load, completion } }: Phase): string =>
  load && completion
    ? `: ${figure(completion.count)} of ${figure(load.accepted)} were paid meanwhile`
    : '';

function paidAfter({ way, summary: { load, completion } }: Phase): string {
  if (way === 'sync') return timeText(load?.acceptedLatency.p50 ?? null);
  const seconds = completion?.waitSeconds.p50 ?? null;
  return timeText(seconds === null ? null : seconds * 1000);
}

function timeText(ms: number | null): string {
  if (ms === null) return 'not measured';
  return ms < 1000 ? `${figure(ms, 0)} ms` : `${figure(ms / 1000, 1)} s`;
}

/** What was done and what came of it, for somebody who knows nothing of either. */
export const story = (results: Results, older: Results | null): Html => html`
  <section aria-labelledby="what">
    <h2 id="what">What happened</h2>
    <p>${results.settings.users} buyers order as fast as they get answers, and each payment takes 3 seconds. The same sale was held against
      three ways of taking an order: the buyer waits for the payment; a queue takes the order and workers pay it later; or each order starts an
      execution of its own. Of the orders that were answered or paid, half took less than the times given:</p>
    <div class="scroll whole" tabindex="0" role="region" aria-label="The ways compared"><table class="ways">
      <thead><tr>${['Way', ...Object.values(HEADS)].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${wayRows(results).map((row) => wayRow(row, older === null ? [] : wayRows(older)))}</tbody>
    </table></div>
    ${queuePicture(results)}
  </section>`;

const HEADS: Record<Exclude<keyof WayRow, 'way'>, string> = {
  buyers: 'Buyers',
  sent: 'Orders sent',
  accepted: 'Accepted',
  answered: 'Answered in',
  paid: 'Paid after',
  meaning: 'What became of them',
};
const COMPARED = ['sent', 'accepted', 'answered', 'paid'];

/** Each cell names its column, for a window that is too narrow for a table. */
function wayRow(row: WayRow, older: WayRow[]): Html {
  const before = older.find(({ way }) => way === row.way);
  const cells = Object.entries(HEADS) as [keyof typeof HEADS, string][];
  return html`<tr><th scope="row">${row.way}</th>${cells.map(
    ([name, head]) =>
      html`<td data-head="${head}"${name === 'meaning' && html` class="text"`}>${row[name]}${before && COMPARED.includes(name) && html`<span class="before">before ${before[name]}</span>`}</td>`,
  )}</tr>`;
}

const WIDTH = 1000;
const HEIGHT = 230;
const LEFT = 60;
const BOTTOM = 26;

/** How many orders waited, second by second, under one worker and under enough. */
export function queuePicture(results: Results): Html {
  const lines = [
    { phase: phaseOf(results, PHASE.oneWorker), label: '1 worker', kind: 'one' },
    {
      phase: phaseOf(results, PHASE.manyWorkers),
      label: `${results.settings.workers} workers`,
      kind: 'many',
    },
  ].flatMap(({ phase, ...line }) =>
    phase === undefined ? [] : [{ ...line, points: depths(phase) }],
  );
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return html``;
  const seconds = Math.max(1, ...all.map(({ second }) => second));
  const most = Math.max(1, ...all.map(({ depth }) => depth));
  const x = (second: number) => LEFT + (second / seconds) * (WIDTH - LEFT - 90);
  const y = (depth: number) => HEIGHT - BOTTOM - (depth / most) * (HEIGHT - BOTTOM - 14);
  const said = lines.map(
    ({ label, points }) =>
      `${label}: up to ${figure(Math.max(0, ...points.map(({ depth }) => depth)), 0)}`,
  );
  return html`<figure class="queue-picture"><figcaption>Orders waiting in the queue or in workers' hands, second by second</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said.join('; ')} orders" font-size="14">
      ${[0, most].map((depth) => html`<line class="rule" x1="${LEFT}" x2="${WIDTH - 90}" y1="${y(depth)}" y2="${y(depth)}"/><text class="axis" x="${LEFT - 8}" y="${y(depth) + 5}" text-anchor="end">${figure(depth, 0)}</text>`)}
      <text class="axis" x="${LEFT}" y="${HEIGHT - 6}">0 s</text><text class="axis" x="${WIDTH - 90}" y="${HEIGHT - 6}" text-anchor="end">${figure(seconds, 0)} s</text>
      ${lines.map(({ kind, label, points }) => html`<polyline class="${kind}" points="${points.map(({ second, depth }) => `${x(second).toFixed(1)},${y(depth).toFixed(1)}`).join(' ')}"/><text class="${kind}" x="${x(points.at(-1)?.second ?? 0) + 8}" y="${y(points.at(-1)?.depth ?? 0) + 5}">${label}</text>`)}
    </svg></figure>`;
}

const phaseOf = ({ phases }: Results, id: string): Phase | undefined =>
  phases.find((phase) => phase.id === id);

/** While orders come: what is drained afterwards is another phase. */
const depths = ({ samples, plannedSeconds }: Phase) =>
  samples.flatMap(({ second, visible, inFlight }) =>
    visible === null || second > plannedSeconds
      ? []
      : [{ second, depth: visible + (inFlight ?? 0) }],
  );
