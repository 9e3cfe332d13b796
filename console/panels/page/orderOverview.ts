import { html, nothing, type TemplateResult } from 'lit-html';
import { link } from '../../page/elements.ts';
import { Controls } from './controls.ts';
import { HeadlineStrip } from './headlineStrip.ts';
import type { OrderApp } from './orderApp.ts';
import { orderFlow } from './orderFlow.ts';

/** How the service does, what can be set, and the way of an order. */
export class OrderOverview {
  readonly #headline = new HeadlineStrip();
  readonly #controls = new Controls();

  enter(app: OrderApp): void {
    this.#headline.enter(app);
    this.#controls.follow(app);
  }

  leave(): void {
    this.#headline.leave();
    this.#controls.leave();
  }

  /** Before the first order there is nothing to draw. */
  get isUnused(): boolean {
    return this.#headline.isUnused;
  }

  show(app: OrderApp): TemplateResult {
    return html`${this.#headline.show(app)} ${this.isUnused ? invitation(app) : nothing}
      ${this.#controls.show(app)} ${orderFlow(app)}`;
  }
}

const invitation = (app: OrderApp): TemplateResult =>
  html`<section class="card invitation" aria-labelledby="invitation-title"><h2 id="invitation-title">No order has come yet</h2>
    <p>${link(app, { view: 'orders' }, 'Place an order')} and follow its life, or run a phase of the sale: choose one below, how many buyers come, and press Run.</p></section>`;
