import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type PythonTools, pythonTools } from '../../common/pythonTools.ts';
import type { Results } from '../../contracts/saleResults.ts';
import { fillFromCloudWatch, untilFullMinute } from '../aws/cloudWatch.ts';
import { approveAwsRun } from '../aws/costApproval.ts';
import { judgeClaims } from '../claims/judgeClaims.ts';
import { checkMetrics } from '../measuring/metricsCheck.ts';
import { publishResults, readResults } from '../report/resultFiles.ts';
import { exitStatus } from './exitStatus.ts';
import { openStage, type StageUnderTest } from './openStage.ts';
import { PhaseRunner } from './phaseRunner.ts';
import type { Progress } from './progress.ts';
import { describeRun } from './runConditions.ts';
import { type CommonContext, type RunContext, whatBroke } from './runContext.ts';
import type { SaleOptions } from './saleOptions.ts';

/** Runs the phases, judges the claims and writes the report; the exit status of the command. */
export async function runAndReport(
  settings: SaleOptions,
  args: string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const older = settings.compare === undefined ? null : await readResults(settings.compare);
  const folder = outputFolder(settings.out);
  const startedMs = performance.now();
  const { tools, context, close } = await prepare(settings, { folder, progress, signal });
  try {
    const status = await runOnStage({ tools, context }, { settings, args, older, startedMs });
    if (settings.out === undefined) nameLatest(folder);
    return status;
  } finally {
    await close().catch((error: Error) =>
      progress.line(`The stage could not be left as it was found: ${error.message}`),
    );
  }
}

interface RunRequest {
  settings: SaleOptions;
  args: string[];
  /** Drawn beside this run. */
  older: Results | null;
  startedMs: number;
}

/** As `runAndReport`, on a service that is there. */
export async function runOnStage(
  { tools, context }: Pick<Prepared, 'tools' | 'context'>,
  { settings, args, older, startedMs }: RunRequest,
): Promise<number> {
  const { folder, progress } = context;
  const maxOrders = await approveAwsRun(settings, context, progress);
  const run = describeRun(settings, args, context, tools);
  const locust = tools.command('locust');
  const measured = await measure(settings, { ...context, locust }, maxOrders);
  const results: Results = {
    version: 1,
    settings: run,
    seconds: (performance.now() - startedMs) / 1000,
    ...measured,
    claims: judgeClaims({ settings: run, ...measured }),
  };
  await publishResults(results, { folder, older, json: settings.json, progress });
  return exitStatus(results);
}

type Prepared = StageUnderTest & { tools: PythonTools };

/** Installs Locust and finds or starts the service at the same time. */
async function prepare(settings: SaleOptions, common: CommonContext): Promise<Prepared> {
  const requirements = 'loadtest/requirements.txt';
  const onProgress = (text: string) => common.progress.line(text);
  const [tools, open] = await Promise.allSettled([
    pythonTools({ name: 'load', requirements, onProgress }),
    openStage(settings, common),
  ]);
  if (open.status === 'rejected') throw open.reason;
  if (tools.status === 'fulfilled') return { ...open.value, tools: tools.value };
  await open.value.close();
  throw tools.reason;
}

type Measured = Pick<Results, 'phases' | 'broken' | 'metrics'>;

/** Runs the phases and reads what can be read afterwards. It never throws: what was measured is kept. */
async function measure(
  { phases: plans }: Pick<SaleOptions, 'phases'>,
  context: RunContext,
  maxOrders: number | undefined,
): Promise<Measured> {
  const runner = new PhaseRunner(context, maxOrders);
  const { phases } = runner;
  const lastId = plans.at(-1)?.id ?? '';
  const broken = await runPhases(runner, plans, context);
  // Where a phase broke, those before it get their figures all the same; an interrupted run has to end.
  const unfilled = context.signal.aborted
    ? null
    : await breakOf(lastId, context, () => fillFromCloudWatch(context, phases));
  if (broken !== null || unfilled !== null)
    return { phases, broken: broken ?? unfilled, metrics: null };
  let metrics: Measured['metrics'] = null;
  const unread = await breakOf(lastId, context, async () => {
    metrics = await checkMetrics(context, phases);
  });
  return { phases, broken: unread, metrics };
}

async function runPhases(
  runner: PhaseRunner,
  plans: SaleOptions['phases'],
  context: RunContext,
): Promise<Results['broken']> {
  for (const plan of plans) {
    const broken = await breakOf(plan.id, context, async () => {
      if (context.kind === 'aws') await untilFullMinute(context);
      await runner.run(plan);
    });
    if (broken !== null) return broken;
  }
  return null;
}

/** What broke a part of the run, as results.json tells it; null where nothing did. */
async function breakOf(
  phase: string,
  { signal, progress }: RunContext,
  part: () => Promise<void>,
): Promise<Results['broken']> {
  try {
    await part();
    return null;
  } catch (error) {
    const { message, stack, cause } = await whatBroke(error, signal);
    if (error instanceof TypeError) progress.line(String(stack));
    return { phase, reason: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

const RESULTS = join(import.meta.dirname, '../../sale-results');

function outputFolder(out: string | undefined): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const folder = resolve(out ?? join(RESULTS, stamp));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** `sale-results/latest` is the newest run that went there. */
function nameLatest(folder: string): void {
  const latest = join(RESULTS, 'latest');
  rmSync(latest, { force: true });
  // A junction needs no rights of an administrator on Windows; elsewhere the type is ignored.
  symlinkSync(folder, latest, 'junction');
}
