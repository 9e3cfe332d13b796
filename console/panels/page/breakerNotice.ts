import { html, nothing, type TemplateResult } from 'lit-html';
import { type BreakerState, breakerSchema } from '../../../contracts/orderPanelsApi.ts';
import { get } from '../../page/api.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

const EVERY_MS = 5000;

/** Says that no charge is tried, for as long as that is so. */
export class BreakerNotice {
  readonly #reading = new Polling((path) => get(path, breakerSchema));
  #found: BreakerState | undefined;

  enter(app: OrderApp): void {
    this.#reading.ask({
      path: '/api/breaker',
      everyMs: EVERY_MS,
      redraw: app.redraw,
      take: (found) => {
        this.#found = found;
        return false;
      },
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(): TemplateResult | typeof nothing {
    if (this.#found?.state !== 'open') return nothing;
    const { by, since } = this.#found;
    const why = by === 'auto' ? 'The payment provider is down' : `${by} opened the breaker`;
    return html`<p class="problem" role="status" id="breaker">${why}, since ${since}: no charge is tried. Orders are taken and wait.</p>`;
  }
}
