import { html, nothing, type TemplateResult } from 'lit-html';
import type { DeadLetter } from './api.ts';
import type { App } from './app.ts';
import { deadLetterCount } from './flow.ts';
import { number, pretty } from './format.ts';
import { Polling } from './polling.ts';

const UNKNOWN = 'no cause was left';
/** While letters keep coming they are read again so often; each read looks up hundreds of orders. */
const PACE_MS = 3000;

interface Found {
  count: number;
  letters: DeadLetter[];
}

/** What was given up, grouped by why. */
export class DeadLetterView {
  readonly #reading = new Polling<Found>();
  #found: Found | undefined;
  /** What the feed counted when the letters were last asked for, and when that was. */
  #asked = { count: 0, at: 0 };

  enter(app: App): void {
    this.#read(app);
  }

  leave(): void {
    this.#reading.stop();
  }

  /** Letters came or went since they were read. */
  hear(app: App): void {
    const isChanged = deadLetterCount(app.feed.latest, app.service.queues) !== this.#asked.count;
    if (isChanged && Date.now() - this.#asked.at >= PACE_MS) this.#read(app);
  }

  show(app: App): TemplateResult {
    const { count, letters } = this.#found ?? { count: 0, letters: [] };
    const shown = letters.filter(
      (letter) => app.address.cause === '' || causeOf(letter) === app.address.cause,
    );
    return html`<section class="card" aria-labelledby="dead-title">
      <div class="row spread"><h2 id="dead-title">Dead letters <span class="badge">${number(count)}</span></h2>
      <button type="button" ?disabled=${this.#reading.isRunning} @click=${() => this.#read(app)}>Read again</button></div>
      ${this.#reading.problem === '' ? nothing : html`<p class="problem" role="alert">${this.#reading.problem}</p>`}
      ${letters.length < count ? html`<p class="muted" id="dead-shown">The newest ${number(letters.length)} of ${number(count)}, with their causes.</p>` : nothing}
      ${letters.length === 0 ? html`<p class="muted">Nothing was given up.</p>` : html`${causes(app, letters)}${shown.map((letter) => article(app, letter))}`}
    </section>`;
  }

  #read(app: App): void {
    this.#asked = {
      count: deadLetterCount(app.feed.latest, app.service.queues),
      at: Date.now(),
    };
    this.#reading.ask({
      path: '/api/dead-letters',
      everyMs: PACE_MS,
      redraw: app.redraw,
      take: (found) => {
        this.#found = found;
        return true;
      },
    });
  }
}

const causeOf = ({ cause }: DeadLetter): string => cause ?? UNKNOWN;

function causes(app: App, letters: DeadLetter[]): TemplateResult {
  const groups = Map.groupBy(letters, causeOf);
  return html`<ul class="causes" aria-label="Causes">
    ${[...groups].map(([cause, group]) => {
      const isChosen = app.address.cause === cause;
      return html`<li><button type="button" aria-pressed=${isChosen} @click=${() => app.go({ cause: isChosen ? '' : cause }, true)}>
        <b>${number(group.length)}</b> ${cause}</button></li>`;
    })}
  </ul>`;
}

function article(app: App, letter: DeadLetter): TemplateResult {
  const { orderId, status, attempts, queue, sentAt, body } = letter;
  const open = (event: Event) => {
    event.preventDefault();
    if (orderId !== undefined) app.go({ view: 'orders', order: orderId });
  };
  return html`<article class="letter">
    <p>${
      orderId === undefined
        ? html`<b>Not an order message</b>`
        : html`<a href="/?view=orders&order=${orderId}" @click=${open}><code>${orderId}</code></a>`
    }
    ${status === undefined ? nothing : html`<span class="badge ${status}">${status}</span>`}</p>
    <p class="problem">${causeOf(letter)}</p>
    <p class="muted">${queue}, sent ${sentAt}${attempts === undefined ? '' : `, ${attempts} failed attempts`}</p>
    <details><summary>Message</summary><pre class="scroll" tabindex="0">${readable(body)}</pre></details>
  </article>`;
}

function readable(body: string): string {
  try {
    return pretty(JSON.parse(body));
  } catch {
    return body;
  }
}
