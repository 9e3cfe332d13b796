import { html, nothing, type TemplateResult } from 'lit-html';
import { get, type SaleState, send } from './api.ts';
import { Action, type App } from './app.ts';

const POLL_MS = 1000;
const MEANINGS: Record<number, string> = {
  0: 'every claim that should hold holds',
  1: 'a claim does not hold',
  2: 'the run broke',
  3: 'the books do not close',
  130: 'it was stopped',
};

interface WorkerChange {
  after: { maximum: number | null; batchSize: number };
}

/** Worker count, pause and a phase of the sale. */
export class Controls {
  readonly #workers = new Action();
  readonly #mapping = new Action();
  readonly #sale = new Action();
  #saleState: SaleState | undefined;
  #isPolling = false;

  async load(app: App): Promise<void> {
    await this.#sale.run(app, () => this.#readSale());
    this.#poll(app);
  }

  show(app: App): TemplateResult {
    return html`<section class="card" aria-labelledby="controls-title">
      <h2 id="controls-title">Turn it</h2>
      <div class="controls">${this.#workerForm(app)}${this.#mappingForm(app)}${this.#saleForm(app)}</div>
    </section>`;
  }

  #workerForm(app: App): TemplateResult {
    const { latest } = app.feed;
    const now = latest?.mapping;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const workers = Number(new FormData(event.target as HTMLFormElement).get('workers'));
      void this.#workers.run(
        app,
        async () => void (await send<WorkerChange>('PUT', '/api/workers', { workers })),
      );
    };
    return html`<form @submit=${submit}>
      <label for="workers">Workers of the queue</label>
      <div class="row"><input id="workers" name="workers" type="number" min="1" max="1000" required value=${now?.maximum ?? 20}>
      <button ?disabled=${app.service.readOnly || this.#workers.isRunning}>Set</button></div>
      <p class="muted" id="workers-now">${now ? `Now ${now.maximum ?? 'any number of'} executions of ${now.batchSize} orders` : 'No queue is read here'}</p>
      ${said(this.#workers)}
    </form>`;
  }

  #mappingForm(app: App): TemplateResult {
    const isEnabled = app.feed.latest?.mapping?.enabled ?? true;
    const turn = () =>
      this.#mapping.run(app, () => send('PUT', '/api/mapping', { enabled: !isEnabled }));
    return html`<div><p class="label">Event source of the queue</p>
      <button type="button" id="mapping" ?disabled=${app.service.readOnly || this.#mapping.isRunning} @click=${turn}>
        ${isEnabled ? 'Pause' : 'Resume'}</button>
      <p class="muted">${isEnabled ? 'Workers take orders' : 'Paused: orders wait in the queue'}</p>
      ${said(this.#mapping)}</div>`;
  }

  #saleForm(app: App): TemplateResult {
    const phases = this.#saleState?.phases ?? [];
    const run = this.#saleState?.run;
    const isBusy = app.service.readOnly || this.#sale.isRunning;
    const start = (event: SubmitEvent) => {
      event.preventDefault();
      const phase = new FormData(event.target as HTMLFormElement).get('phase');
      void this.#change(app, () => send('POST', '/api/sale', { phase, quick: true }));
    };
    const stop = () => this.#change(app, () => send('DELETE', '/api/sale'));
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
      ${run ? saleProgress(run) : html`<p class="muted">20 buyers of Locust; needs Python</p>`}
      ${said(this.#sale)}
    </form>`;
  }

  async #change(app: App, work: () => Promise<unknown>): Promise<void> {
    await this.#sale.run(app, async () => {
      await work();
      await this.#readSale();
    });
    this.#poll(app);
  }

  async #readSale(): Promise<void> {
    this.#saleState = await get<SaleState>('/api/sale');
  }

  #poll(app: App): void {
    if (this.#isPolling || !this.#saleState?.run?.running) return;
    this.#isPolling = true;
    setTimeout(async () => {
      await this.#readSale().catch(() => {});
      this.#isPolling = false;
      app.redraw();
      this.#poll(app);
    }, POLL_MS);
  }
}

const said = ({ problem }: Action): TemplateResult | typeof nothing =>
  problem === '' ? nothing : html`<p class="problem" role="alert">${problem}</p>`;

function saleProgress(run: NonNullable<SaleState['run']>): TemplateResult {
  const elapsed = Math.round((Date.now() - Date.parse(run.startedAt)) / 1000);
  const state = run.running
    ? `Phase ${run.phase} runs for ${elapsed} s`
    : `Phase ${run.phase} ended: ${MEANINGS[run.status ?? 2] ?? `status ${run.status}`}`;
  return html`<p id="sale-state" role="status">${state}</p>
    ${run.running ? html`<p class="muted">${run.said.at(-1) ?? 'Starting Locust'}</p><progress max=${run.plannedSeconds} .value=${Math.min(elapsed, run.plannedSeconds)} aria-label="Progress of the phase"></progress>` : nothing}
    <details><summary>What it says</summary><pre class="scroll" tabindex="0">${run.said.join('\n') || 'nothing yet'}</pre></details>
    ${run.running ? nothing : html`<p class="muted">Report: <code>${run.folder}/report.html</code></p>`}`;
}
