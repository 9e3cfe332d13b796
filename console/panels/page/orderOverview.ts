import { html, type TemplateResult } from 'lit-html';
import { BreakerNotice } from './breakerNotice.ts';
import { Controls } from './controls.ts';
import type { OrderApp } from './orderApp.ts';
import { orderFlow } from './orderFlow.ts';

/** The way of an order, and what can be set. */
export class OrderOverview {
  readonly #breaker = new BreakerNotice();
  readonly #controls = new Controls();

  enter(app: OrderApp): void {
    this.#controls.follow(app);
    this.#breaker.enter(app);
  }

  leave(): void {
    this.#breaker.leave();
  }

  show(app: OrderApp): TemplateResult {
    return html`${this.#breaker.show()}${orderFlow(app)} ${this.#controls.show(app)}`;
  }
}
