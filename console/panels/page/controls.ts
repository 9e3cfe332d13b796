import { html, nothing, type TemplateResult } from 'lit-html';
import * as z from 'zod';
import { type PhaseRunState, phaseListSchema } from '../../../contracts/orderPanelsApi.ts';
import { describePool, isSingleWorker } from '../../../ops/workers/poolText.ts';
import { get, send } from '../../page/api.ts';
import { Action } from '../../page/app.ts';
import { problemOf } from '../../page/elements.ts';
import { Polling } from '../../page/polling.ts';
import type { OrderApp } from './orderApp.ts';

const POLL_MS = 1000;
const MEANINGS: Record<number, string> = {
  0: 'all measured claims hold',
  1: 'a claim does not hold',
  2: 'the run broke',
  3: 'the books do not close',
  130: 'it was stopped',
};

/** Of a change the page wants to know that it was made: what it did comes with the next sample. */
const DONE = z.unknown();

/** Worker count, pause and a phase of the sale. */
export class Controls {
  readonly #workers = new Action();
  readonly #mapping = new Action();
  readonly #phaseRun = new Action();
  readonly #reading = new Polling((path) => get(path, phaseListSchema));
  #buyers = 20;

  /** Reads the phases, and goes on as long as one of them runs. */
  follow(app: OrderApp): void {
    this.#reading.ask({
      path: '/api/sale',
      everyMs: POLL_MS,
      redraw: app.redraw,
      isLast: ({ run }) => run?.running !== true,
    });
  }

  leave(): void {
    this.#reading.stop();
  }

  show(app: OrderApp): TemplateResult {
    return html`<section class="card" aria-labelledby="controls-title">
      <h2 id="controls-title">Controls</h2>
      <div class="controls">${this.#workerForm(app)}${this.#mappingForm(app)}${this.#phaseForm(app)}</div>
    </section>`;
  }

  #workerForm(app: OrderApp): TemplateResult {
    const { latest } = app.feed;
    const now = latest?.mapping;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const workers = Number(new FormData(event.target as HTMLFormElement).get('workers'));
      void this.#workers.run(app, () => send('PUT', '/api/workers', DONE, { workers }));
    };
    return html`<form @submit=${submit}>
      <label for="workers">Workers of the queue</label>
      <div class="row"><input id="workers" name="workers" type="number" min="1" max="1000" required value=${workersOf(app) ?? 20}>
      <button ?disabled=${app.service.readOnly || this.#workers.isRunning}>Set</button></div>
      <p class="muted" id="workers-now">${now ? `Now ${describePool(now.maximum, now.batchSize, app.service.workerBatchSize)}` : 'No queue is read here'}</p>
      ${problemOf(this.#workers)}
    </form>`;
  }

  #mappingForm(app: OrderApp): TemplateResult {
    const isEnabled = app.feed.latest?.mapping?.enabled ?? true;
    const turn = () =>
      this.#mapping.run(app, () => send('PUT', '/api/mapping', DONE, { enabled: !isEnabled }));
    return html`<div><p class="label">Event source of the queue</p>
      <button type="button" id="mapping" ?disabled=${app.service.readOnly || this.#mapping.isRunning} @click=${turn}>
        ${isEnabled ? 'Pause' : 'Resume'}</button>
      <p class="muted">${isEnabled ? 'Workers take orders' : 'Paused: orders wait in the queue'}</p>
      ${problemOf(this.#mapping)}</div>`;
  }

  #phaseForm(app: OrderApp): TemplateResult {
    const { phases = [], run } = this.#reading.found ?? {};
    const isBusy = app.service.readOnly || this.#phaseRun.isRunning;
    const start = (event: SubmitEvent) => {
      event.preventDefault();
      const form = new FormData(event.target as HTMLFormElement);
      const asked = { phase: form.get('phase'), buyers: Number(form.get('buyers')), quick: true };
      void this.#change(app, () => send('POST', '/api/sale', DONE, asked));
    };
    const slide = (event: Event) => {
      this.#buyers = Number((event.target as HTMLInputElement).value);
      app.redraw();
    };
    const stop = () => this.#change(app, () => send('DELETE', '/api/sale', DONE));
    return html`<form @submit=${start}>
      <label for="phase">A phase of the sale</label>
      <div class="row"><select id="phase" name="phase">${phases.map(
        ({ id, name, seconds }) =>
          html`<option value=${id} ?selected=${id === '3'}>${id} · ${name} (${seconds} s)</option>`,
      )}</select>
      ${
        run?.running
          ? html`<button type="button" ?disabled=${isBusy} @click=${stop}>Stop</button>`
          : html`<button ?disabled=${isBusy}>Run</button>`
      }</div>
      <label class="buyers">Buyers <output>${this.#buyers}</output>
        <input name="buyers" type="range" min="1" max="100" value=${this.#buyers} @input=${slide}></label>
      ${run ? phaseProgress(run) : html`<p class="muted">Locust sends the buyers; it needs Python</p>`}
      ${problemOf(this.#phaseRun)}${problemOf(this.#reading)}
    </form>`;
  }

  async #change(app: OrderApp, work: () => Promise<unknown>): Promise<void> {
    await this.#phaseRun.run(app, work);
    this.follow(app);
  }
}

/** As somebody sets it. */
function workersOf({ feed, service }: OrderApp): number | null | undefined {
  const mapping = feed.latest?.mapping;
  if (!mapping) return undefined;
  const { maximum, batchSize } = mapping;
  return isSingleWorker(maximum, batchSize, service.workerBatchSize) ? 1 : maximum;
}

function phaseProgress(run: PhaseRunState): TemplateResult {
  const elapsed = Math.round((Date.now() - Date.parse(run.startedAt)) / 1000);
  const state = run.running
    ? `Phase ${run.phase} runs for ${elapsed} s`
    : `Phase ${run.phase} ended: ${MEANINGS[run.status ?? 2] ?? `status ${run.status}`}`;
  return html`<p id="sale-state" role="status">${state}</p>
    ${run.running ? html`<p class="muted">${run.said.at(-1) ?? 'Starting Locust'}</p><progress max=${run.plannedSeconds} .value=${Math.min(elapsed, run.plannedSeconds)} aria-label="Progress of the phase"></progress>` : nothing}
    <details><summary>What it says</summary><pre class="scroll" tabindex="0">${run.said.join('\n') || 'nothing yet'}</pre></details>
    ${run.running ? nothing : html`<p class="muted">Report: <code>${run.folder}/report.html</code></p>`}`;
}
