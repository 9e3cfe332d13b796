import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { findOrderId } from './address.ts';
import type { LogLine } from './api.ts';
import type { App } from './app.ts';
import { clock, pretty } from './format.ts';
import { Polling } from './polling.ts';

const POLL_MS = 1000;
const LIMIT = 300;
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** The functions' log lines, newest last; an order's id finds its whole way. */
export class LogView {
  readonly #reading = new Polling<{ lines: LogLine[] }>();
  #lines: LogLine[] = [];

  enter(app: App): void {
    const { text, function: chosen, level } = app.address;
    const query = new URLSearchParams({ text, function: chosen, level, limit: String(LIMIT) });
    this.#reading.ask({
      path: `/api/logs?${query}`,
      everyMs: POLL_MS,
      redraw: app.redraw,
      take: ({ lines }) => {
        this.#lines = lines;
        return false;
      },
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(app: App): TemplateResult {
    const { text, function: chosen, level } = app.address;
    const set = (name: 'text' | 'function' | 'level') => (event: Event) =>
      app.go({ [name]: (event.target as HTMLInputElement).value.trim() }, true);
    return html`<section class="card" aria-labelledby="logs-title"><h2 id="logs-title">Logs</h2>
      <form class="row" @submit=${(event: Event) => event.preventDefault()}>
        <label>Text or order id <input name="text" type="search" .value=${text} @change=${set('text')}></label>
        <label>Function <select @change=${set('function')}><option value="">all</option>${app.service.functions.map(
          (key) => html`<option ?selected=${key === chosen}>${key}</option>`,
        )}</select></label>
        <label>Level <select @change=${set('level')}><option value="">all</option>${LEVELS.map(
          (name) => html`<option ?selected=${name === level}>${name}</option>`,
        )}</select></label>
      </form>
      ${this.#reading.problem === '' ? nothing : html`<p class="problem" role="alert">${this.#reading.problem}</p>`}
      <p class="muted">${this.#lines.length} lines, the newest first</p>
      <ol class="log" id="log" tabindex="0" aria-label="Log lines">${repeat(
        this.#lines.toReversed(),
        ({ id }) => id,
        (line) => entry(app, line),
      )}</ol></section>`;
  }
}

function entry(app: App, { at, functionKey, line }: LogLine): TemplateResult {
  const { level = '', message = line, fields } = readLine(line);
  const orderId = findOrderId(line);
  const open = (event: Event) => {
    event.preventDefault();
    if (orderId !== undefined) app.go({ view: 'orders', order: orderId });
  };
  return html`<li class=${level.toLowerCase()}><span class="at">${clock(at)}</span> <span class="function">${functionKey}</span>
    <span>${level} ${message} ${
      orderId === undefined
        ? nothing
        : html`<a href="/?view=orders&order=${orderId}" @click=${open}>${orderId}</a>`
    }</span>
    ${fields === undefined ? nothing : html`<details><summary>Fields</summary><pre class="scroll" tabindex="0">${pretty(fields)}</pre></details>`}</li>`;
}

interface Line {
  level?: string;
  message?: string;
  fields?: Record<string, unknown>;
}

function readLine(line: string): Line {
  if (!line.startsWith('{')) return {};
  try {
    const { level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    return { level: String(level ?? ''), message: String(message ?? ''), fields };
  } catch {
    return {};
  }
}
