import { html, nothing, type TemplateResult } from 'lit-html';
import { parseJson } from '../../../common/json.ts';
import {
  type DeadLetter,
  type DeadLetters,
  deadLettersSchema,
} from '../../../contracts/orderPanelsApi.ts';
import { filterOf } from '../../page/address.ts';
import { get } from '../../page/api.ts';
import { link, problemOf } from '../../page/elements.ts';
import { number, pretty } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import { DeadLetterChangeForm } from './deadLetterChange.ts';
import type { OrderApp } from './orderApp.ts';
import { deadLetterCount } from './orderRates.ts';

/** While letters keep coming they are read again so often; each read looks up hundreds of orders. */
const PACE_MS = 3000;

/** What was given up, grouped by why. */
export class DeadLetterView {
  readonly #change = new DeadLetterChangeForm();
  readonly #reading = new Polling((path) => get(path, deadLettersSchema));
  /** What the feed counted when the letters were last asked for, and when that was. */
  #asked = { count: 0, at: 0 };

  enter(app: OrderApp): void {
    this.#read(app);
  }

  leave(): void {
    this.#reading.stop();
  }

  /** Letters came or went since they were read. */
  hear(app: OrderApp): void {
    const isChanged = countOf(app) !== this.#asked.count;
    if (isChanged && Date.now() - this.#asked.at >= PACE_MS) this.#read(app);
  }

  show(app: OrderApp): TemplateResult {
    const { count, causes, letters } = this.#reading.found ?? { count: 0, causes: [], letters: [] };
    const wanted = filterOf(app.address, 'cause');
    const chosen = causes.find(({ cause }) => cause === wanted)?.id;
    const shown = letters.filter(({ causeId }) => wanted === '' || causeId === chosen);
    return html`<section class="card" aria-labelledby="dead-title">
      <div class="row spread"><h2 id="dead-title">Dead letters <span class="badge">${number(count)}</span></h2>
      <button type="button" ?disabled=${this.#reading.isRunning} @click=${() => this.#read(app)}>Refresh</button></div>
      ${problemOf(this.#reading)}${this.#change.outcome()}
      ${letters.length < count ? html`<p class="muted" id="dead-shown">The newest ${number(letters.length)} of ${number(count)}, with their causes.</p>` : nothing}
      ${letters.length === 0 ? html`<p class="muted">No dead letters.</p>` : html`${this.#causes(app, causes)}${shown.map((letter) => article(app, letter))}`}
    </section>`;
  }

  #causes(app: OrderApp, causes: DeadLetters['causes']): TemplateResult {
    return html`<ul class="causes" aria-label="Causes">
      ${causes.map((found) => {
        const { cause, messages, orders, cents } = found;
        const isChosen = filterOf(app.address, 'cause') === cause;
        return html`<li><button type="button" class="cause" aria-pressed=${isChosen} @click=${() => app.go({ cause: isChosen ? '' : cause }, true)}>
          <b>${number(messages)}</b> ${cause}</button>
          <span class="muted">${number(orders)} open orders of ${(cents / 100).toFixed(2)}</span>
          ${this.#change.show(app, found)}</li>`;
      })}
    </ul>`;
  }

  #read(app: OrderApp): void {
    this.#asked = { count: countOf(app), at: Date.now() };
    this.#reading.ask({
      path: '/api/dead-letters',
      everyMs: PACE_MS,
      redraw: app.redraw,
      isLast: () => true,
    });
  }
}

const countOf = ({ feed, service }: OrderApp): number =>
  deadLetterCount(feed.latest, service.orderQueues);

function article(app: OrderApp, letter: DeadLetter): TemplateResult {
  const { orderId, status, attempts, queue, sentAt, body } = letter;
  return html`<article class="letter">
    <p>${
      orderId === undefined
        ? html`<b>Not an order message</b>`
        : link(app, { view: 'orders', order: orderId }, html`<code>${orderId}</code>`)
    }
    ${status === undefined ? nothing : html`<span class="badge ${status}">${status}</span>`}</p>
    <p class="problem">${letter.cause}</p>
    <p class="muted">${queue}, sent ${sentAt}${attempts === undefined ? '' : `, ${attempts} failed attempts`}</p>
    <details><summary>Message</summary><pre class="scroll" tabindex="0">${pretty(parseJson(body) ?? body)}</pre></details>
  </article>`;
}
