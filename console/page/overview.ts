import { html, type TemplateResult } from 'lit-html';
import type { ServiceInfo } from '../../contracts/consoleApi.ts';
import type { Sample } from '../../contracts/sample.ts';
import type { App, PagePanels, View } from './app.ts';
import { lastSeconds } from './feed.ts';
import { timeZone } from './format.ts';
import { LiveChart } from './liveChart.ts';

/** What happens now and in the last minutes. */
export class Overview<S extends Sample, I extends ServiceInfo> implements View<S, I> {
  readonly #panels: PagePanels<S, I>;
  #charts: LiveChart<S>[] | undefined;

  constructor(panels: PagePanels<S, I>) {
    this.#panels = panels;
  }

  enter(app: App<S, I>): void {
    this.#panels.overview.enter(app);
  }

  leave(): void {
    this.#panels.overview.leave?.();
  }

  show(app: App<S, I>): TemplateResult {
    const { overview, charts } = this.#panels;
    this.#charts ??= charts(app.service).map((spec) => new LiveChart(spec, app.redraw));
    const samples = lastSeconds(app.feed.samples, app.address.minutes * 60);
    if (overview.isUnused) return html`${overview.show(app)}`;
    return html`${overview.show(app)}
      <section aria-labelledby="charts-title">
        <div class="row spread minutes"><h2 id="charts-title">The last minutes <small class="muted">times of ${timeZone()}</small></h2>${range(app)}</div>
        <div class="charts">${this.#charts.map((chart) => chart.show(samples, app.address.minutes))}</div>
      </section>`;
  }
}

const range = ({ address, go }: Pick<App, 'address' | 'go'>): TemplateResult =>
  html`<label>Shown
    <select @change=${(event: Event) => go({ minutes: Number((event.target as HTMLSelectElement).value) }, true)}>
      ${[1, 5, 15].map((minutes) => html`<option value=${minutes} ?selected=${minutes === address.minutes}>${minutes} min</option>`)}
    </select></label>`;
