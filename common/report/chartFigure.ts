import type { ChartSpec } from './chartSpec.ts';
import { figure } from './format.ts';
import { type Html, html } from './html.ts';

/** A chart of the page, with its figures as a table. */
export const chartFigure = (
  { title, unit, seconds, lines }: ChartSpec,
  index: number,
): Html => html`
  <figure>
    <h3>${title} <span class="muted">(${unit})</span></h3>
    <div class="plot" data-chart="${index}" role="img" aria-label="${title}; the numbers are in the table below"></div>
    <details>
      <summary>Table: ${title.toLowerCase()}</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="${title}, table">
        <table class="numbers">
          <thead><tr><th scope="col">second</th>${lines.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
          <tbody>${seconds.map(
            (second, row) =>
              html`<tr><th scope="row">${second}</th>${lines.map(({ values }) => html`<td>${figure(values[row])}</td>`)}</tr>`,
          )}</tbody>
        </table>
      </div>
    </details>
  </figure>`;
