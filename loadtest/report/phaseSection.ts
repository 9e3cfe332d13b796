import { chartFigure } from '../../common/report/chartFigure.ts';
import type { ChartSpec } from '../../common/report/chartSpec.ts';
import { figure } from '../../common/report/format.ts';
import { type Html, html } from '../../common/report/html.ts';
import type { Books, LoadSummary, Phase } from '../../contracts/saleResults.ts';
import { keyFigures } from './keyFigures.ts';
import type { PlannedFigure } from './planBeside.ts';

/** A phase: its figures, its charts, each with its table, its requests, its failures and its books. */
export function phaseSection(
  phase: Phase,
  charts: { spec: ChartSpec; index: number }[],
  before: Phase | undefined,
  planned: PlannedFigure[],
): Html {
  return html`
    <details class="card part" id="phase-${phase.id}">
      <summary><h3>Phase ${phase.id}: ${phase.name}</h3></summary>
      <p class="muted">${describe(phase)}</p>
      ${phase.note && html`<p class="problem">${phase.note}</p>`}
      ${figures(phase, before)}
      ${planned.length > 0 && planTable(planned)}
      <div class="charts">${charts.map(({ spec, index }) => chartFigure(spec, index))}</div>
      ${phase.summary.load && requests(phase.summary.load)}
      ${
        phase.summary.configuration &&
        html`<ul>${phase.summary.configuration.answers.map(
          ({ way, status, detail }) => html`<li>way=${way}: ${status} ${detail}</li>`,
        )}</ul>`
      }
      ${phase.books && booksLine(phase.books)}
    </details>`;
}

function describe({ summary, seconds, plannedSeconds, workers }: Phase): string {
  const parts = [
    summary.load &&
      `${summary.load.users} buyers in a ${summary.load.kind}, each waiting ${summary.load.waitSeconds.join(' to ')} s after an answer`,
    plannedSeconds > 0 && `${plannedSeconds} s of load`,
    workers !== null && `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    `${figure(seconds, 0)} s in all`,
  ];
  return `${parts.filter(Boolean).join(', ')}.`;
}

function figures(phase: Phase, before: Phase | undefined): Html {
  const old = before ? keyFigures(before) : [];
  const earlier = (label: string) => old.find((candidate) => candidate.label === label);
  const all = keyFigures(phase);
  if (all.length === 0) return html``;
  return html`<dl class="figures">${all.map(({ label, value, unit, digits }) => {
    const was = earlier(label);
    return html`<div><dt>${label}</dt><dd>${figure(value, digits)} <small>${unit}</small>${was && html`<small class="before">before ${figure(was.value, digits)}</small>`}</dd></div>`;
  })}</dl>`;
}

const planTable = (planned: PlannedFigure[]): Html => html`
  <h3 class="subheading">Planned and measured</h3>
  <div class="scroll whole" tabindex="0" role="region" aria-label="Planned and measured">
    <table class="numbers">
      <thead><tr><th scope="col"></th><th scope="col">sls plan</th><th scope="col">measured</th></tr></thead>
      <tbody>${planned.map(
        ({ label, unit, planned, measured }) =>
          html`<tr><th scope="row">${label} ${unit}</th><td>${figure(planned, 1)}</td><td>${figure(measured, 1)}</td></tr>`,
      )}</tbody>
    </table>
  </div>`;

const requests = ({ rows, failures, failuresNotShown }: LoadSummary): Html => html`
  <h3 class="subheading">Requests inside the phase</h3>
  <div class="scroll whole" tabindex="0" role="region" aria-label="Requests">
    <table class="numbers">
      <thead><tr><th>request</th><th>status</th><th>count</th><th>mean ms</th><th>p50</th><th>p95</th><th>p99</th><th>max</th></tr></thead>
      <tbody>${rows.map(
        ({ name, status, failed, latency }) => html`
          <tr>
            <td>${name}${failed && html` <span class="problem">failed</span>`}</td>
            <td>${status === 0 ? 'none' : status}</td>
            <td>${figure(latency.count)}</td>
            <td>${figure(latency.mean, 1)}</td>
            <td>${figure(latency.p50, 0)}</td>
            <td>${figure(latency.p95, 0)}</td>
            <td>${figure(latency.p99, 0)}</td>
            <td>${figure(latency.max, 0)}</td>
          </tr>`,
      )}</tbody>
    </table>
  </div>
  ${failures.length > 0 ? failureTable(failures, failuresNotShown) : null}`;

const failureTable = (failures: LoadSummary['failures'], notShown: number): Html => html`
  <h3 class="subheading">Failures</h3>
  <div class="scroll whole" tabindex="0" role="region" aria-label="Failures">
    <table class="numbers">
      <thead><tr><th>request</th><th>count</th><th>what</th></tr></thead>
      <tbody>
        ${failures.map(({ name, message, count }) => html`<tr><td>${name}</td><td>${figure(count)}</td><td class="text">${message}</td></tr>`)}
        ${notShown > 0 ? html`<tr><td>others</td><td>${figure(notShown)}</td><td class="text">not shown</td></tr>` : null}
      </tbody>
    </table>
  </div>`;

function booksLine({ closed, settled, orders, messages, charges, violations }: Books): Html {
  const waiting = messages.visible + messages.inFlight + (messages.async ?? 0);
  return html`
    <p class="subheading">
      <span class="badge ${closed ? 'good' : 'bad'}">${closed ? '✓ books closed' : '✗ books open'}</span>
      ${figure(orders.accepted)} accepted by the buyers' own count; ${figure(orders.completed)} completed, ${figure(orders.declined)} declined,
      ${figure(orders.cancelled)} cancelled, ${figure(orders.pending)} pending; ${figure(charges.count)} charges of ${figure(charges.cents / 100, 2)};
      ${figure(waiting)} messages under way, ${figure(messages.deadLettered)} dead-lettered${settled ? '.' : '; the system was still working.'}
    </p>
    ${violations.length > 0 ? html`<ul class="problem">${violations.slice(0, 20).map(({ rule, orderId, detail }) => html`<li>${rule}: ${orderId}, ${detail}</li>`)}</ul>` : null}`;
}
