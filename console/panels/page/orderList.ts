import { html, type TemplateResult } from 'lit-html';
import { recentOrdersSchema } from '../../../contracts/orderPanelsApi.ts';
import { STATUSES, WAYS } from '../../../lib/domain/order.ts';
import { filterOf } from '../../page/address.ts';
import { get } from '../../page/api.ts';
import { link, problemOf } from '../../page/elements.ts';
import { duration, number } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

const EVERY_MS = 1000;
const SHOWN = 50;

/** The orders since the start, the newest first. */
export class OrderList {
  readonly #reading = new Polling((path) => get(path, recentOrdersSchema));

  enter(app: OrderApp): void {
    const filters = ['status', 'way'].map((name) => [name, filterOf(app.address, name)] as const);
    const query = new URLSearchParams([
      ['limit', `${SHOWN}`],
      ...filters.filter(([, text]) => text !== ''),
    ] as string[][]);
    this.#reading.ask({
      path: `/api/orders?${query}`,
      everyMs: EVERY_MS,
      redraw: app.redraw,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(app: OrderApp): TemplateResult {
    const { count, orders } = this.#reading.found ?? { count: 0, orders: [] };
    const now = Date.now();
    return html`<div class="row">${choice(app, 'status', 'Status', STATUSES)} ${choice(app, 'way', 'Way', WAYS)}</div>
      <p class="muted" id="orders-count">${countText(count, orders.length)}</p>${problemOf(this.#reading)}
      ${
        orders.length === 0
          ? ''
          : html`<div class="scroll orders" tabindex="0" role="region" aria-label="Orders"><table>
        <thead><tr><th scope="col">Order</th><th scope="col">Status</th><th scope="col">Way</th><th scope="col">Age</th></tr></thead>
        <tbody>${orders.map(
          ({ order_id, status, way, taken_at, failed_attempts }) => html`<tr>
          <td>${link(app, { order: order_id }, html`<code>${order_id.slice(0, 16)}…</code>`)}</td>
          <td><span class="badge ${status}">${status}</span>${failed_attempts === 0 ? '' : html` <span class="muted">${failed_attempts} failed</span>`}</td>
          <td>${way}</td><td>${duration(Math.max(0, Math.round((now - taken_at) / 1000)))}</td></tr>`,
        )}</tbody></table></div>`
      }`;
  }
}

function countText(count: number, shown: number): string {
  if (count === 0) return 'No order since the service was started.';
  const which = shown < count ? `The newest ${number(shown)} of ${number(count)}` : number(count);
  return `${which} orders since the service was started`;
}

function choice(
  { address, go }: OrderApp,
  name: string,
  label: string,
  values: readonly string[],
): TemplateResult {
  const chosen = filterOf(address, name);
  const change = (event: Event) => go({ [name]: (event.target as HTMLSelectElement).value }, true);
  return html`<label>${label} <select name=${name} @change=${change}><option value="">all</option>
    ${values.map((value) => html`<option value=${value} ?selected=${value === chosen}>${value}</option>`)}</select></label>`;
}
