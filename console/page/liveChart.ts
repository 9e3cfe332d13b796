import { html, nothing, type TemplateResult } from 'lit-html';
import uPlot from 'uplot';
import type { Sample } from '../../contracts/sample.ts';
import { clock, number } from './format.ts';

export interface Line<S extends Sample = Sample> {
  label: string;
  color: Color;
  /** Tells lines of one colour apart. */
  dash?: Dash;
  value: (sample: S) => number | null;
}

export interface ChartSpec<S extends Sample = Sample> {
  id: string;
  title: string;
  unit: string;
  /** Not every second has a figure: single ones are drawn as points. */
  isSparse?: boolean;
  lines: Line<S>[];
  /** Turns what each second had into the rate of so many seconds. */
  rateSeconds?: number;
}

export type Dash = 'dashed' | 'dotted';
const DASHES: Record<Dash, number[]> = { dashed: [8, 4], dotted: [2, 4] };

/** Colours of the style sheet that lines are drawn in. */
export type Color =
  | 'first'
  | 'second'
  | 'third'
  | 'fourth'
  | 'fifth'
  | 'muted'
  | 'ink'
  | 'warn'
  | 'bad'
  | 'reference';

const HEIGHT_PX = 180;
const TABLE_ROWS = 60;

/** A live chart with its figures as a table behind it, for those who cannot see a canvas. */
export class LiveChart<S extends Sample> {
  readonly #spec: ChartSpec<S>;
  readonly #redrawPage: () => void;
  readonly #holder = document.createElement('div');
  #plot: uPlot | undefined;
  #samples: S[] = [];
  #minutes = 1;
  #isTableOpen = false;

  constructor(spec: ChartSpec<S>, redraw: () => void) {
    this.#spec = spec;
    this.#redrawPage = redraw;
    this.#holder.className = 'plot';
    new ResizeObserver(() => this.#fit()).observe(this.#holder);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw());
  }

  show(samples: S[], minutes: number): TemplateResult {
    this.#samples = samples;
    this.#minutes = minutes;
    if (this.#plot) this.#plot.setData(this.#data());
    else queueMicrotask(() => this.#redraw());
    const { id, title, unit, lines } = this.#spec;
    return html`<figure class="card chart" id=${id}>
      <figcaption><h3>${title}</h3><span class="muted">${unit}</span></figcaption>
      <ul class="legend">
        ${lines.map((line) => legendItem(line, this.#latest(line)))}
      </ul>
      <div class="frame" role="img" aria-label="${title}, ${unit}: ${this.#summary()}">${this.#holder}</div>
      <details @toggle=${(event: Event) => this.#toggle(event)}>
        <summary>Figures as a table<span class="hidden"> of ${title}</span></summary>
        ${this.#isTableOpen ? this.#table() : nothing}
      </details>
    </figure>`;
  }

  #toggle(event: Event): void {
    this.#isTableOpen = (event.target as HTMLDetailsElement).open;
    this.#redrawPage();
  }

  #summary(): string {
    if (this.#samples.length === 0) return 'no figures yet';
    return this.#spec.lines.map((line) => `${line.label} ${this.#latest(line)}`).join(', ');
  }

  #table(): TemplateResult {
    const { title, lines } = this.#spec;
    const figures = lines.map((line) => this.#figures(line));
    const newest = this.#samples.length - 1;
    const rows = this.#samples.slice(-TABLE_ROWS).reverse();
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Figures of ${title}"><table>
      <thead><tr><th scope="col">Time</th>${lines.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (sample, back) =>
          html`<tr><th scope="row">${clock(sample.at)}</th>${figures.map(
            (values) => html`<td>${shown(values[newest - back] ?? null)}</td>`,
          )}</tr>`,
      )}</tbody>
    </table></div>`;
  }

  /** Of each sample, in the chart's unit. */
  #figures({ value }: Line<S>): (number | null)[] {
    const { rateSeconds } = this.#spec;
    if (rateSeconds === undefined) return this.#samples.map(value);
    return this.#samples.map((_, index) =>
      rateAt(this.#samples, index, rateSeconds, (sample) => value(sample) ?? 0),
    );
  }

  #latest({ value }: Line<S>): string {
    const latest = this.#samples.at(-1);
    const { rateSeconds } = this.#spec;
    if (latest === undefined || rateSeconds === undefined)
      return shown(latest ? value(latest) : null);
    const end = this.#samples.length - 1;
    return shown(rateAt(this.#samples, end, rateSeconds, (sample) => value(sample) ?? 0));
  }

  #data(): uPlot.AlignedData {
    const times = this.#samples.map(({ at }) => at / 1000);
    return [times, ...this.#spec.lines.map((line) => drawn(line, this.#figures(line)))];
  }

  #fit(): void {
    const width = this.#holder.clientWidth;
    if (width === 0) return;
    if (this.#plot) this.#plot.setSize({ width, height: HEIGHT_PX });
    else this.#redraw();
  }

  #redraw(): void {
    const width = this.#holder.clientWidth;
    if (width === 0) return;
    this.#plot?.destroy();
    const colorOf = (name: string) => shade(this.#holder, name);
    const range = (): [number, number] => {
      const end = (this.#samples.at(-1)?.at ?? Date.now()) / 1000;
      return [end - this.#minutes * 60, end];
    };
    this.#plot = new uPlot(options(this.#spec, width, colorOf, range), this.#data(), this.#holder);
  }
}

const shown = (value: number | null): string => (value === null ? '–' : number(value));

const legendItem = <S extends Sample>(line: Line<S>, latest: string): TemplateResult =>
  html`<li><span class="swatch ${line.dash ?? 'solid'}" .style=${`color: var(--${line.color})`} aria-hidden="true"></span>${line.label}
    <b>${latest}</b></li>`;

/** Nothing bad happened: no line of zeros in red says so. */
const drawn = <S extends Sample>({ color }: Line<S>, figures: (number | null)[]) =>
  (color === 'bad' || color === 'warn') && figures.every((figure) => !figure)
    ? figures.map(() => null)
    : figures;

/** How often a second something happened in the seconds before a sample. */
function rateAt<S extends Sample>(
  samples: S[],
  index: number,
  rateSeconds: number,
  count: (sample: S) => number,
): number {
  let [total, seconds] = [0, 0];
  for (let at = index; at >= 0 && seconds < rateSeconds; at -= 1) {
    const sample = samples[at] as S;
    total += count(sample);
    seconds += sample.seconds;
  }
  return seconds > 0 ? total / seconds : 0;
}

function options<S extends Sample>(
  { lines, isSparse = false }: ChartSpec<S>,
  width: number,
  colorOf: (name: string) => string,
  range: () => [number, number],
): uPlot.Options {
  const axis = { stroke: colorOf('muted'), grid: { stroke: colorOf('grid'), width: 1 } };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range },
      y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.05)] },
    },
    axes: [
      { ...axis, values: (_plot, times) => times.map((time) => clock(time * 1000)), space: 70 },
      { ...axis, size: 52, values: (_plot, values) => values.map(number) },
    ],
    series: [
      {},
      ...lines.map(({ label, color, dash }) => ({
        label,
        stroke: colorOf(color),
        width: 2,
        ...(dash && { dash: DASHES[dash] }),
        points: { show: isSparse, size: 4 },
      })),
    ],
  };
}

/** A canvas takes no colour of two shades: the one that the page shows now. */
function shade(element: HTMLElement, name: string): string {
  element.style.color = `var(--${name})`;
  return getComputedStyle(element).color;
}
