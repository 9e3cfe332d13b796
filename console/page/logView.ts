import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { isObject, parseJson } from '../../common/json.ts';
import { type LogEntry, logsSchema } from '../../contracts/consoleApi.ts';
import { filterOf } from './address.ts';
import { get } from './api.ts';
import type { App, View } from './app.ts';
import { link, problemOf } from './elements.ts';
import { preciseClock, pretty } from './format.ts';
import { Polling } from './polling.ts';

const POLL_MS = 1000;
const LIMIT = 300;
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** The functions' log lines, newest last; an id finds its whole way. */
export class LogView implements View {
  readonly #reading = new Polling((path) => get(path, logsSchema));

  enter(app: App): void {
    const { text, chosen, level } = filters(app);
    const query = new URLSearchParams({ text, function: chosen, level, limit: String(LIMIT) });
    this.#reading.ask({
      path: `/api/logs?${query}`,
      everyMs: POLL_MS,
      redraw: app.redraw,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(app: App): TemplateResult {
    const { text, chosen, level } = filters(app);
    const { lines: all } = this.#reading.found ?? { lines: [] };
    const lines = all.filter(({ line }) => line.trim() !== '');
    const set = (name: 'text' | 'function' | 'level') => (event: Event) =>
      app.go({ [name]: (event.target as HTMLInputElement).value.trim() }, true);
    return html`<section class="card" aria-labelledby="logs-title"><h2 id="logs-title">Logs</h2>
      <form class="row" @submit=${(event: Event) => event.preventDefault()}>
        <label>Text or id <input name="text" type="search" .value=${text} @change=${set('text')}></label>
        <label>Function <select @change=${set('function')}><option value="">all</option>${app.service.functions.map(
          (key) => html`<option ?selected=${key === chosen}>${key}</option>`,
        )}</select></label>
        <label>Level <select @change=${set('level')}><option value="">all</option>${LEVELS.map(
          (name) => html`<option ?selected=${name === level}>${name}</option>`,
        )}</select></label>
      </form>
      ${problemOf(this.#reading)}
      <p class="muted">${lines.length === 1 ? '1 line' : `${lines.length} lines, the newest first`}</p>
      <ol class="log" id="log" tabindex="0" aria-label="Log lines">${repeat(
        lines.toReversed(),
        ({ id }) => id,
        (line) => entry(app, line),
      )}</ol></section>`;
  }
}

const filters = ({ address }: App) => ({
  text: filterOf(address, 'text'),
  chosen: filterOf(address, 'function'),
  level: filterOf(address, 'level'),
});

function entry(app: App, { at, functionKey, line }: LogEntry): TemplateResult {
  const { level = '', message = line, detail = '', fields } = readLine(line);
  const found = app.find(line);
  const columns = html`<span class="at">${preciseClock(at)}</span><span class="level">${level}</span>
    <span class="function">${functionKey}</span><span class="said">${message}${detail === '' ? nothing : html` <b>${detail}</b>`} <span class="muted">${found?.label}</span></span>`;
  const whole = fields === undefined ? line : pretty({ message, ...fields });
  return html`<li class=${level.toLowerCase()}><details><summary>${columns}</summary>
    ${found ? html`<p>${link(app, found.address, found.label)}</p>` : nothing}<pre class="scroll" tabindex="0">${whole}</pre></details></li>`;
}

interface ReadLine {
  level?: string;
  message?: string;
  /** What tells lines with one message apart. */
  detail?: string;
  fields?: object;
}

function readLine(line: string): ReadLine {
  const read = parseJson(line);
  if (!isObject(read)) return {};
  const { level, message, ...fields } = read;
  const { cause, state, status } = fields as Record<string, unknown>;
  const detail = String(cause ?? state ?? status ?? '');
  return { level: String(level ?? ''), message: String(message ?? ''), detail, fields };
}
