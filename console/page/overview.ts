import { html, type TemplateResult } from 'lit-html';
import type { App } from './app.ts';
import { Chart } from './chart.ts';
import { chartSpecs } from './charts.ts';
import { Controls } from './controls.ts';
import { lastSeconds } from './flow.ts';
import { pipeline } from './pipeline.ts';

/** What happens now and in the last minutes, and what can be turned. */
export class Overview {
  readonly #controls = new Controls();
  #charts: Chart[] | undefined;

  enter(app: App): void {
    void this.#controls.load(app);
  }

  show(app: App): TemplateResult {
    this.#charts ??= chartSpecs(app.service).map((spec) => new Chart(spec, app.redraw));
    const samples = lastSeconds(app.feed.samples, app.address.minutes * 60);
    return html`${pipeline(app)} ${this.#controls.show(app)}
      <section aria-labelledby="charts-title">
        <div class="row spread minutes"><h2 id="charts-title">The last minutes</h2>${range(app)}</div>
        <div class="charts">${this.#charts.map((chart) => chart.show(samples))}</div>
      </section>`;
  }
}

const range = ({ address, go }: App): TemplateResult =>
  html`<label>Shown
    <select @change=${(event: Event) => go({ minutes: Number((event.target as HTMLSelectElement).value) }, true)}>
      ${[1, 5, 15].map((minutes) => html`<option value=${minutes} ?selected=${minutes === address.minutes}>${minutes} min</option>`)}
    </select></label>`;
