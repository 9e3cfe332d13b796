import { html, svg, type TemplateResult } from 'lit-html';
import { type StockPanel, stockPanelSchema } from '../../../contracts/orderPanelsApi.ts';
import { get } from '../../page/api.ts';
import { problemOf } from '../../page/elements.ts';
import { clock, number } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

type Shown = StockPanel['items'][number];

const EVERY_MS = 1000;
const WIDTH = 600;
const HEIGHT = 120;

/** What is left of each item with a stock. */
export class StockView {
  readonly #reading = new Polling((path) => get(path, stockPanelSchema));

  enter(app: OrderApp): void {
    this.#reading.ask({
      path: '/api/stock',
      everyMs: EVERY_MS,
      redraw: app.redraw,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(_: OrderApp): TemplateResult {
    const { found } = this.#reading;
    const items = found?.items ?? [];
    return html`<section class="card" aria-labelledby="stock-title"><h2 id="stock-title">Stock</h2>
      ${problemOf(this.#reading)}
      ${
        found !== undefined && items.length === 0
          ? html`<p class="muted">No item has a stock: every one is sold without limit. Give one a stock: <code>npx sls stock set ITEM N --stage local</code></p>`
          : items.map(article)
      }</section>`;
  }
}

const article = (item: Shown): TemplateResult => html`<article class="stock">
  <h3>${item.item_id} <span class="badge ${item.free === 0 ? 'bad' : 'good'}">${stateOf(item)}</span></h3>
  <dl class="units">${(['free', 'held', 'sold', 'stock'] as const).map(
    (name) => html`<div><dt>${name}</dt><dd>${number(item[name])}</dd></div>`,
  )}</dl>
  ${item.fall.length === 0 ? html`<p class="muted">Nothing of it was taken yet.</p>` : fall(item)}
</article>`;

function stateOf({ free, stock, sold_out_since, first_held_at }: Shown): string {
  if (free > 0) return `${number((free / stock) * 100)} % free`;
  if (sold_out_since === null || first_held_at === null) return 'sold out';
  const tookMs = Date.parse(sold_out_since) - Date.parse(first_held_at);
  return `sold out at ${clock(Date.parse(sold_out_since))}, after ${number(tookMs / 1000)} s`;
}

/** A line of steps from the whole stock to what is left. */
function fall({ item_id, stock, fall: points, free }: Shown): TemplateResult {
  const from = points[0]?.at ?? 0;
  const to = points.at(-1)?.at ?? from;
  const x = (at: number) => (to === from ? WIDTH : ((at - from) / (to - from)) * WIDTH);
  const y = (left: number) => HEIGHT - (left / Math.max(1, stock)) * HEIGHT;
  const steps = points.map(({ at, left }) => `H${x(at).toFixed(1)}V${y(left).toFixed(1)}`);
  return html`<figure>
    <svg class="fall" viewBox="0 -2 ${WIDTH} ${HEIGHT + 4}" preserveAspectRatio="none" role="img"
      aria-label="Units left of ${item_id}: from ${number(stock)} at ${clock(from)} to ${number(free)} at ${clock(to)}">
      ${svg`<path d="M0 ${y(stock)}${steps.join('')}H${WIDTH}" vector-effect="non-scaling-stroke" />`}
    </svg>
    <figcaption class="row spread muted"><span>${number(stock)} at ${clock(from)}</span><span>${number(free)} at ${clock(to)}</span></figcaption>
  </figure>`;
}
