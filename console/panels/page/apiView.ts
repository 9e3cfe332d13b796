import { html, type TemplateResult } from 'lit-html';
import * as z from 'zod';
import { get } from '../../page/api.ts';
import { Action } from '../../page/app.ts';
import { problemOf } from '../../page/elements.ts';
import { pretty } from '../../page/format.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

const MINUTE_MS = 60_000;

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z
        .looseObject({
          summary: z.string().optional(),
          responses: z.record(z.string(), z.unknown()).optional(),
        })
        .catch({}),
    ),
  ),
});

/** As docs/api.md has it, for this service. */
const snippet = (api: string): string => `const api = '${api}';
const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
const items = [{ item_id: 'item-1', name: 'Product Name', price: 99.99, quantity: 2 }];
const body = JSON.stringify({ customer_id: 123, items });
let answer = await fetch(\`\${api}/orders/async?way=queued\`, { method: 'POST', headers, body });
if (!answer.ok) throw new Error((await answer.json()).detail);
for (const order = answer.headers.get('location'); answer.headers.has('retry-after'); ) {
  await new Promise((resolve) => setTimeout(resolve, answer.headers.get('retry-after') * 1000));
  answer = await fetch(api + order);
}
console.log(await answer.json());`;

/** The order API: its routes, and ten lines that call it from a page. */
export class ApiView {
  readonly #reading = new Polling((path) => get(path, documentSchema));
  readonly #running = new Action();
  #said: string[] = [];

  enter(app: OrderApp): void {
    this.#reading.ask({
      path: '/api/order-api',
      everyMs: MINUTE_MS,
      redraw: app.redraw,
      isLast: () => true,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(app: OrderApp): TemplateResult {
    const { api, readOnly } = app.service;
    const run = () => this.#running.run(app, () => this.#run(app));
    return html`<section class="card" aria-labelledby="routes-title"><h2 id="routes-title">The order API</h2>
      <p>At <code>${api}</code>. Its document, as OpenAPI 3.1: <a href="/api/order-api">/api/order-api</a></p>
      ${problemOf(this.#reading)}<ul class="lines" id="routes">${Object.entries(
        this.#reading.found?.paths ?? {},
      ).flatMap(([path, methods]) =>
        Object.entries(methods)
          .filter(([, { responses }]) => responses !== undefined)
          .map(
            ([method, { summary = '', responses = {} }]) =>
              html`<li><code><b>${method.toUpperCase()}</b> ${path}</code> ${summary} <span class="muted">${Object.keys(responses).join(', ')}</span></li>`,
          ),
      )}</ul></section>
      <section class="card" aria-labelledby="snippet-title"><h2 id="snippet-title">From a page of yours</h2>
      <pre class="scroll" tabindex="0">${snippet(api)}</pre>
      <button type="button" ?disabled=${readOnly || this.#running.isRunning} @click=${run}>Run it here</button>
      <ol class="lines" id="run-said" role="status">${this.#said.map((line) => html`<li><code>${line}</code></li>`)}</ol>
      ${problemOf(this.#running)}</section>`;
  }

  /** The same steps, told one by one. */
  async #run(app: OrderApp): Promise<void> {
    const { api } = app.service;
    const tell = async (what: string, answer: Response) => {
      const after = answer.headers.get('retry-after');
      this.#said = [
        ...this.#said,
        `${what}: ${answer.status}${after === null ? '' : `, again in ${after} s`}`,
      ];
      app.redraw();
    };
    this.#said = [];
    const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
    const items = [{ item_id: 'item-1', name: 'Product Name', price: 99.99, quantity: 2 }];
    const body = JSON.stringify({ customer_id: 123, items });
    let answer = await fetch(`${api}/orders/async?way=queued`, { method: 'POST', headers, body });
    await tell('POST /orders/async', answer);
    const order = answer.headers.get('location') ?? '';
    while (answer.headers.has('retry-after')) {
      const seconds = Number(answer.headers.get('retry-after'));
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      answer = await fetch(api + order);
      await tell(`GET ${order}`, answer);
    }
    this.#said = [...this.#said, pretty(await answer.json())];
  }
}
