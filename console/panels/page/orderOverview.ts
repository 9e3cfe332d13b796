import { html, type TemplateResult } from 'lit-html';
import { Controls } from './controls.ts';
import type { OrderApp } from './orderApp.ts';
import { orderFlow } from './orderFlow.ts';

/** The way of an order, and what can be set. */
export class OrderOverview {
  readonly #controls = new Controls();

  enter(app: OrderApp): void {
    this.#controls.follow(app);
  }

  show(app: OrderApp): TemplateResult {
    return html`${orderFlow(app)} ${this.#controls.show(app)}`;
  }
}
