import { html, nothing, type TemplateResult } from 'lit-html';
import { counted } from '../../../common/counted.ts';
import {
  type BooksWord,
  booksWordSchema,
  type Headline,
  headlineSchema,
} from '../../../contracts/orderPanelsApi.ts';
import type { ByWay } from '../../../contracts/orderSample.ts';
import { get, send } from '../../page/api.ts';
import { Action } from '../../page/app.ts';
import { link, problemOf } from '../../page/elements.ts';
import { clock, duration, number } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

/** With the time that one reading serves, and that of a reading: what is shown is less than a second old. */
const EVERY_MS = 400;

/** Are we keeping up, and is anything lost? What `sls status` says, before all else. */
export class HeadlineStrip {
  readonly #reading = new Polling((path) => get(path, headlineSchema));
  readonly #closing = new Action();

  enter(app: OrderApp): void {
    this.#reading.ask({
      path: '/api/headline',
      everyMs: EVERY_MS,
      redraw: app.redraw,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  /** Nothing was taken since the service was started. */
  get isUnused(): boolean {
    return this.#reading.found?.totals.accepted === 0;
  }

  show(app: OrderApp): TemplateResult {
    const { found } = this.#reading;
    if (found === undefined)
      return html`<section class="card headline" aria-label="Headline"><p class="muted">Reading…</p>${problemOf(this.#reading)}</section>`;
    const { status, totals } = found;
    const { tone, text } = answerOf(found);
    const open = sum(status.open.by_way);
    const dead = status.dead_letters.queued + status.dead_letters.direct;
    return html`<section class="card headline ${tone}" aria-labelledby="headline-title">
      <h2 id="headline-title" role="status">${text}</h2>
      ${status.outlook === 'charges stopped' ? html`<p id="breaker">No charge is tried${status.breaker?.since ? `, since ${status.breaker.since}` : ''}. Orders are taken and wait.</p>` : nothing}
      <dl class="figures">
        ${figure('in', 'In', `${number(sum(status.rates?.accepted))}`, 'orders per second')}
        ${figure('out', 'Ended', `${number(sum(status.rates?.ended))}`, 'orders per second')}
        ${figure('taken', 'Taken', number(totals.accepted), 'since the start')}
        ${figure('paid', 'Paid', number(totals.completed), 'since the start')}
        ${figure('waiting', 'In the queue', number(status.queue.waiting), `waiting, ${number(status.queue.in_flight)} in workers' hands`)}
        ${figure('needed', 'Workers', needed(found), 'would keep up')}
        ${figure('open', 'Orders open', number(open), open === 0 ? 'every one has ended' : 'have not ended')}
        ${figure('dead', 'Dead letters', number(dead), dead === 0 ? 'nothing was given up' : link(app, { view: 'dead-letters' }, 'see why'))}
      </dl>
      ${this.#booksRow(app, found)}${problemOf(this.#reading)}
    </section>`;
  }

  #booksRow(app: OrderApp, { books, isClosing }: Headline): TemplateResult {
    const close = () =>
      this.#closing.run(app, () => send('POST', '/api/books', booksWordSchema, undefined));
    const isBusy = isClosing || this.#closing.isRunning;
    return html`<div class="row spread books"><p id="books-word">${isBusy ? 'The books are being read…' : booksText(books)}</p>
      <button type="button" ?disabled=${isBusy || app.service.readOnly} @click=${close}>Close the books</button></div>
      ${books === null ? nothing : rulesOf(books)}${problemOf(this.#closing)}`;
  }
}

const sum = (figures: ByWay | undefined): number =>
  figures === undefined ? 0 : figures.sync + figures.queued + figures.direct;

const figure = (id: string, name: string, value: string, note: unknown): TemplateResult =>
  html`<div><dt>${name}</dt><dd id="headline-${id}">${value}</dd><dd class="note">${note}</dd></div>`;

const needed = ({ status: { workers } }: Headline): string =>
  workers.needed === null ? '–' : number(workers.needed);

interface Answer {
  tone: 'good' | 'warn' | 'bad' | '';
  text: string;
}

function answerOf({ status }: Headline): Answer {
  const { outlook, workers, drained_in_seconds: seconds, breaker } = status;
  switch (outlook) {
    case 'idle':
      return { tone: '', text: 'Idle: no order comes, and none waits' };
    case 'keeping up':
      return { tone: 'good', text: 'Keeping up' };
    case 'draining':
      return {
        tone: 'warn',
        text: `Draining: the queue is empty in ${duration(Math.ceil(seconds ?? 0))} at this rate`,
      };
    case 'charges stopped':
      return {
        tone: 'bad',
        text:
          breaker?.by === 'auto'
            ? 'The payment provider is down: orders wait, and none is lost'
            : `Charges were stopped by ${breaker?.by}: orders wait`,
      };
    default: {
      if (workers.state !== 'Enabled')
        return { tone: 'bad', text: 'The queue is paused: orders wait, and it never drains' };
      const enough =
        workers.needed === null ? '' : `; ${counted(workers.needed, 'worker')} would keep up`;
      return {
        tone: 'bad',
        text: `Falling behind: the queue never drains at this rate${enough}`,
      };
    }
  }
}

function booksText(books: BooksWord | null): string {
  if (books === null) return 'Is anything lost? The books were not closed yet.';
  const at = clock(Date.parse(books.at));
  const violations = Object.values(books.rules).reduce((total, count) => total + count, 0);
  if (!books.closed) return `The books did not close at ${at}: ${number(violations)} violations`;
  const { completed, declined, cancelled, pending } = books.orders;
  const orders = number(completed + declined + cancelled + pending);
  return books.settled
    ? `Nothing is lost: the books of ${orders} orders closed at ${at}`
    : `Nothing is lost so far: at ${at} ${number(pending)} of ${orders} orders were on their way`;
}

const RULE_TEXTS: Record<string, string> = {
  'a-accepted-has-order': 'accepted orders that are missing',
  'b-completed-equals-charged': 'orders paid and not charged, or charged twice',
  'c-pending-is-accounted-for': 'open orders that nothing brings to an end',
};

const rulesOf = ({ rules, charges }: BooksWord): TemplateResult =>
  html`<details><summary>Each rule's count</summary><ul id="books-rules">
    ${Object.entries(rules).map(([rule, count]) => html`<li class=${count > 0 ? 'problem' : ''}>${number(count)} ${RULE_TEXTS[rule] ?? rule} <span class="muted">${rule}</span></li>`)}
    <li class="muted">${number(charges.count)} charges, together ${(charges.cents / 100).toFixed(2)}</li></ul></details>`;
