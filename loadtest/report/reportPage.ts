import type { ChartSpec } from '../../common/report/chartSpec.ts';
import { figure } from '../../common/report/format.ts';
import { type Html, html } from '../../common/report/html.ts';
import { type PageContent, selfContainedPage } from '../../common/report/selfContainedPage.ts';
import type { MetricsCheck, Results, RunSettings } from '../../contracts/saleResults.ts';
import { metricFaults } from '../measuring/metricsCheck.ts';
import { exitStatus, failedClaims } from '../running/exitStatus.ts';
import { claimsSection } from './claimsSection.ts';
import { phaseCharts } from './phaseCharts.ts';
import { phaseSection } from './phaseSection.ts';
import { type PlannedFigure, planBeside } from './planBeside.ts';
import { story } from './story.ts';

/** Draws `report.html` from results alone, an older run beside them where one is given. */
export const renderReport = async (
  results: Results,
  older: Results | null = null,
): Promise<string> => {
  const planned = await Promise.all(
    results.phases.map((phase) => planBeside(phase, results.settings)),
  );
  return selfContainedPage(reportPage(results, older, planned));
};

function reportPage(
  results: Results,
  older: Results | null,
  planned: PlannedFigure[][],
): PageContent {
  const phases = results.phases.map((phase) => ({ phase, specs: phaseCharts(phase) }));
  const specs: ChartSpec[] = [];
  const sections = phases.map(({ phase, specs: own }, index) => {
    const charts = own.map((spec) => ({ spec, index: specs.push(spec) - 1 }));
    return phaseSection(
      phase,
      charts,
      older?.phases.find(({ id }) => id === phase.id),
      planned[index] ?? [],
    );
  });
  return {
    title: `Flash sale, ${results.settings.startedAt.slice(0, 16).replace('T', ' ')}`,
    body: html`
      ${header(results, older)} ${story(results, older)} ${claimsSection(results, older)}
      <h2 id="phases">Phase by phase</h2>
      ${sections} ${runSection(results, older)}`,
    charts: specs,
  };
}

const CONTENTS = [
  ['what', 'What happened'],
  ['claims', 'The ten numbers'],
  ['phases', 'Phase by phase'],
  ['run', 'How it was run'],
] as const;

const claimsLine = (judged: number, failed: number): string =>
  judged === 0
    ? '– no claim was measured'
    : `${failed === 0 ? '✓' : '✗'} ${judged - failed} of ${judged} measured claims hold`;

function header(results: Results, older: Results | null): Html {
  const { settings, broken, claims, phases, metrics } = results;
  const failed = failedClaims(claims);
  const judged = claims.filter(
    ({ shouldHold, verdict }) => shouldHold && verdict !== 'not measured',
  );
  const books = phases.flatMap((phase) => phase.books ?? []);
  const open = books.filter(({ closed }) => !closed).length;
  const isGood = exitStatus(results) === 0;
  return html`
    <header>
      <h1>A flash sale, taken three ways</h1>
      <p class="muted">
        ${settings.quick ? 'Quick run' : 'Run'} of ${settings.startedAt.slice(0, 16).replace('T', ' ')} UTC, ${figure(results.seconds, 0)} s,
        ${settings.users} buyers, a payment takes 3 s.${older && html` Beside it the run of ${older.settings.startedAt.slice(0, 16).replace('T', ' ')} UTC.`}
      </p>
      <div class="badge verdict-line ${isGood ? 'good' : 'bad'}">
        ${broken && html`<span>✗ The run broke in phase ${broken.phase}: ${broken.reason}</span>`}
        <span>${claimsLine(judged.length, failed.length)}</span>
        ${books.length > 0 ? html`<span>${open === 0 ? '✓ books closed after each phase' : `✗ books open after ${open} of ${books.length} phases`}</span>` : null}
        ${metrics && metricsLine(metrics)}
      </div>
      <nav aria-label="Contents"><ul class="contents">${CONTENTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
    </header>`;
}

function metricsLine(metrics: MetricsCheck): Html {
  const [fault] = metricFaults(metrics);
  return fault
    ? html`<span>✗ ${fault}</span>`
    : html`<span>✓ ${figure(metrics.lines)} EMF lines valid, their sums are the books' own</span>`;
}

/** How the run was made, an older one beside it: figures of two machines are not those of one. */
function runSection({ settings }: Results, older: Results | null): Html {
  const before = older && factsOf(older.settings);
  return html`
    <h2 id="run">How it was run</h2>
    <dl class="card facts">
      ${Object.entries(factsOf(settings)).map(
        ([name, value]) =>
          html`<dt>${name}</dt><dd>${value}${before && html`<span class="before">before: ${before[name]}</span>`}</dd>`,
      )}
      <dt>Kind of load</dt>
      <dd>Closed loop: a buyer sends the next order only after the answer to the last one and a wait, so a slow service is asked less. "Asked" is what
        buyers with these waits and answers can send; "sent" is what they sent.</dd>
      <dt>Charts</dt><dd>uPlot, © 2022 Leon Sorokin, MIT licence</dd>
    </dl>`;
}

function factsOf(settings: RunSettings): Record<string, Html | string> {
  const { machine, target } = settings;
  const places = {
    own: 'a service of its own (sls local)',
    local: 'the running local service',
    aws: `stage ${target.stage} on AWS`,
    url: 'a service at a bare address',
  };
  return {
    Command: html`<code>${settings.command}</code>`,
    Against: `${places[target.kind]}, ${target.url}`,
    Settings: `${settings.users} buyers, ${settings.workers} workers, seed ${settings.seed}, phases ${settings.phases.join(', ')}`,
    'Parameters set': parametersOf(settings),
    Machine: `${machine.cpus} cores, ${machine.cpuModel}, ${machine.memoryGb} GB, ${machine.platform}`,
    Versions: listed(settings.versions),
  };
}

/** A service that ran before the sale did not take its parameters from the sale's environment. */
function parametersOf({ parameters, target }: RunSettings): string {
  if (target.kind !== 'own') return 'not known';
  return listed(parameters) || 'none, all as in the manifest';
}

const listed = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
