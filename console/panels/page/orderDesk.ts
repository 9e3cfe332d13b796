import { html, nothing, type TemplateResult } from 'lit-html';
import * as z from 'zod';
import {
  type Placed,
  placedSchema,
  type StoredOrder,
  storedOrderSchema,
} from '../../../contracts/orderPanelsApi.ts';
import { WAYS } from '../../../lib/domain/order.ts';
import { filterOf } from '../../page/address.ts';
import { get, send } from '../../page/api.ts';
import { Action } from '../../page/app.ts';
import { link, problemOf } from '../../page/elements.ts';
import { pretty } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import { lifeBar } from './lifeBar.ts';
import { findOrderId, type OrderApp } from './orderApp.ts';
import { orderLife } from './orderLife.ts';
import { OrderList } from './orderList.ts';

const POLL_MS = 500;
/** A final order's last log line comes within this time, or was pushed out of the log long ago. */
const LAST_LINE_WITHIN_MS = 5000;
const COUNT_MS = 100;
const newKey = (): string => `desk-${crypto.randomUUID().slice(0, 8)}`;

const formSchema = z.object({
  way: z.string(),
  customer_id: z.coerce.number(),
  item_id: z.string(),
  name: z.string(),
  price: z.coerce.number(),
  quantity: z.coerce.number(),
  key: z.string().trim(),
});
type OrderForm = z.infer<typeof formSchema>;

/** Places an order each way, sends it again, and follows its life. */
export class OrderDesk {
  readonly #placing = new Action();
  readonly #reading = new Polling((path) => get(path, storedOrderSchema));
  readonly #list = new OrderList();
  #payingSince: number | undefined;
  #form: OrderForm = {
    way: 'queued',
    customer_id: 123,
    item_id: 'item-1',
    name: 'Product Name',
    price: 99.99,
    quantity: 2,
    key: newKey(),
  };
  #placed: Placed | undefined;
  #stored: StoredOrder | undefined;

  enter(app: OrderApp): void {
    const order = filterOf(app.address, 'order');
    if (this.#stored?.order.order_id !== order) this.#stored = undefined;
    if (order === '') {
      this.#reading.stop();
      this.#list.enter(app);
    } else {
      this.#list.leave();
      this.#follow(app, order);
    }
  }

  leave(): void {
    this.#reading.stop();
    this.#list.leave();
  }

  show(app: OrderApp): TemplateResult {
    return html`<div class="columns">
      <section class="card" aria-labelledby="place-title"><h2 id="place-title">Place an order</h2>
        ${this.#placeForm(app)} ${this.#paying()} ${this.#placed ? this.#answer(app, this.#placed) : nothing}</section>
      ${
        filterOf(app.address, 'order') === ''
          ? html`<section class="card" aria-labelledby="recent-title"><h2 id="recent-title">Recent orders</h2>${this.#list.show(app)}</section>`
          : html`<section class="card" aria-labelledby="life-title"><div class="row spread"><h2 id="life-title">Life of an order</h2>${link(app, { order: '' }, 'All orders')}</div>
        ${this.#life(app)}</section>`
      }
    </div>`;
  }

  #placeForm(app: OrderApp): TemplateResult {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const fields = new FormData(event.target as HTMLFormElement);
      this.#form = formSchema.parse(Object.fromEntries(fields));
      void this.#place(app, this.#form);
    };
    const form = this.#form;
    return html`<form @submit=${submit} class="fields">
      <fieldset><legend>Way</legend><div class="row">${WAYS.map(
        (way) =>
          html`<label><input type="radio" name="way" value=${way} ?checked=${form.way === way}> ${way}</label>`,
      )}</div></fieldset>
      <label>Customer <input name="customer_id" type="number" min="1" required value=${form.customer_id}></label>
      <label>Item id <input name="item_id" required maxlength="64" .value=${form.item_id}></label>
      ${failingItems(app, (item_id) => this.#choose(app, item_id))}
      <label>Name <input name="name" required value=${form.name}></label>
      <label>Price <input name="price" type="number" min="0" step="0.01" required value=${form.price}></label>
      <label>Quantity <input name="quantity" type="number" min="1" required value=${form.quantity}></label>
      <label>Idempotency-Key <input name="key" .value=${form.key} placeholder="none"></label>
      <div class="row"><button ?disabled=${app.service.readOnly || this.#placing.isRunning}>Place order</button></div>
      ${problemOf(this.#placing)}
    </form>`;
  }

  #answer(app: OrderApp, { status, tookMs, headers, body }: Placed): TemplateResult {
    const isBusy = this.#placing.isRunning;
    const change = { ...this.#form, quantity: this.#form.quantity + 1 };
    const isReplay = headers['idempotent-replayed'] === 'true';
    return html`<div role="status" id="answer"><p><span class="badge ${status < 300 ? 'good' : 'bad'}">${status}</span>
      after ${tookMs} ms${isReplay ? ', a repeat of the first order' : ''}</p></div>
      <pre class="scroll" tabindex="0">${pretty(body)}</pre>
      <div class="row">
        <button type="button" ?disabled=${isBusy} @click=${() => this.#place(app, this.#form)}>Send again</button>
        <button type="button" ?disabled=${isBusy} @click=${() => this.#place(app, change)}>Send again, quantity changed</button>
        <button type="button" ?disabled=${isBusy} @click=${() => this.#newOrder(app)}>New key</button>
      </div>`;
  }

  #newOrder(app: OrderApp): void {
    this.#form = { ...this.#form, key: newKey() };
    this.#placed = undefined;
    app.redraw();
  }

  async #place(app: OrderApp, form: OrderForm): Promise<void> {
    const { way, customer_id, key, ...item } = form;
    this.#placed = undefined;
    this.#payingSince = way === 'sync' ? Date.now() : undefined;
    const counting = setInterval(app.redraw, COUNT_MS);
    await this.#placing.run(app, async () => {
      const body = { customer_id, items: [item] };
      this.#placed = await send('POST', '/api/orders', placedSchema, {
        way,
        body,
        ...(key !== '' && { idempotency_key: key }),
      });
      const id = findOrderId(JSON.stringify(this.#placed.body) + this.#placed.headers.location);
      // A sync order takes seconds: whoever went elsewhere meanwhile stays there.
      if (id !== undefined && app.address.view === 'orders')
        app.go({ view: 'orders', order: id }, true);
    });
    clearInterval(counting);
  }

  #choose(app: OrderApp, item_id: string): void {
    this.#form = { ...this.#form, item_id, key: newKey() };
    app.redraw();
  }

  /** The buyer of a sync order waits, and so does whoever looks on. */
  #paying(): TemplateResult | typeof nothing {
    if (!this.#placing.isRunning || this.#payingSince === undefined) return nothing;
    const seconds = ((Date.now() - this.#payingSince) / 1000).toFixed(1);
    return html`<p id="paying">The buyer waits for the payment: <b>${seconds} s</b></p>`;
  }

  #life(app: OrderApp): TemplateResult {
    const stored = this.#stored;
    if (!stored) return html`<p>${filterOf(app.address, 'order')}</p>${problemOf(this.#reading)}`;
    const { order } = stored;
    const steps = orderLife(stored);
    return html`<p><code id="order-id">${order.order_id}</code>
      <span class="badge ${order.status}" id="order-status" role="status">${order.status}</span></p>
      ${lifeBar(stored)}
      ${stored.isDead ? html`<p class="problem" id="order-dead">Dead: nobody tries this order any more, until its message is sent back. ${link(app, { view: 'dead-letters' }, 'Dead letters')}</p>` : nothing}
      <ol class="life lines" id="life">${steps.map(
        ({
          at,
          title,
          where,
          problem,
        }) => html`<li class=${problem ? 'bad' : ''}><span class="at">${at}</span>
          <span>${title} <span class="muted">${where}</span>${problem ? html`<br><span class="problem">${problem}</span>` : nothing}</span></li>`,
      )}</ol>
      <details open><summary>As it is stored</summary><pre class="scroll" tabindex="0">${pretty(order)}</pre></details>
      <details><summary>Charges (${stored.charges.length})</summary><pre class="scroll" tabindex="0">${pretty(stored.charges)}</pre></details>
      <p>${link(app, { view: 'logs', text: order.order_id }, 'Its log lines')}</p>${problemOf(this.#reading)}`;
  }

  #follow(app: OrderApp, order: string): void {
    let finalAt: number | undefined;
    this.#reading.ask({
      path: `/api/orders/${encodeURIComponent(order)}`,
      everyMs: POLL_MS,
      redraw: app.redraw,
      isLast: (stored) => {
        this.#stored = stored;
        if (stored.order.status === 'pending') return false;
        finalAt ??= Date.now();
        const isLogged = stored.log.some(({ line }) => line.includes('order ended'));
        return isLogged || Date.now() - finalAt >= LAST_LINE_WITHIN_MS;
      },
    });
  }
}

/** What an item's name has the simulated provider do. */
const FAILING = {
  'fault-decline': 'is declined',
  'fault-before': 'fails before its charge',
  'fault-after': 'fails after its charge',
  'fault-never': 'is never answered',
};

function failingItems({ service }: OrderApp, choose: (item: string) => void): TemplateResult {
  const change = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    if (value !== '') choose(value);
  };
  return service.failsByItem
    ? html`<label>An order that <select name="fault" @change=${change}><option value="">is paid</option>${Object.entries(
        FAILING,
      ).map(([item, what]) => html`<option value=${item}>${what}</option>`)}</select></label>`
    : html`<p class="muted failing">Orders that fail on purpose: start with <code>PAYMENT_FAULTS='{"by_item":true}'</code></p>`;
}
