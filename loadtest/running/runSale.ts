import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type PythonTools, pythonTools } from '../../common/pythonTools.ts';
import { approveAwsRun } from '../aws/approval.ts';
import { fillFromCloudWatch, untilFullMinute } from '../aws/cloudWatch.ts';
import { judgeClaims } from '../claims/claims.ts';
import { checkMetrics } from '../measuring/metricsCheck.ts';
import { publishResults, readResults } from '../resultFiles.ts';
import type { Results } from '../results.ts';
import { exitStatus } from './exitStatus.ts';
import { Experiment } from './experiment.ts';
import { type OpenWorld, openWorld } from './openWorld.ts';
import type { Settings } from './settings.ts';
import { describeRun } from './surroundings.ts';
import type { Talk } from './talk.ts';
import { causeOf, type World } from './world.ts';

/** Runs the phases, judges the claims and writes the report; the exit status of the command. */
export async function runSale(
  settings: Settings,
  args: string[],
  talk: Talk,
  signal: AbortSignal,
): Promise<number> {
  const older = settings.compare === undefined ? null : await readResults(settings.compare);
  const folder = outputFolder(settings.out);
  const startedMs = performance.now();
  const { tools, world, close } = await prepare(settings, { folder, talk, signal });
  try {
    const status = await sell({ tools, world }, { settings, args, older, startedMs });
    if (settings.out === undefined) nameLatest(folder);
    return status;
  } finally {
    await close().catch((error: Error) =>
      talk.line(`The stage could not be left as it was found: ${error.message}`),
    );
  }
}

interface Order {
  settings: Settings;
  args: string[];
  /** Drawn beside this run. */
  older: Results | null;
  startedMs: number;
}

/** As `runSale`, to a service that is there. */
export async function sell(
  { tools, world }: Pick<Prepared, 'tools' | 'world'>,
  { settings, args, older, startedMs }: Order,
): Promise<number> {
  const { folder, talk } = world;
  const maxOrders = await approveAwsRun(settings, world, talk);
  const run = describeRun(settings, args, world, tools);
  const locust = tools.command('locust');
  const measured = await measure(settings, { ...world, locust }, maxOrders);
  const results: Results = {
    version: 1,
    settings: run,
    seconds: (performance.now() - startedMs) / 1000,
    ...measured,
    claims: judgeClaims({ settings: run, ...measured }),
  };
  await publishResults(results, { folder, older, json: settings.json, talk });
  return exitStatus(results);
}

type Prepared = OpenWorld & { tools: PythonTools };
type Surroundings = Parameters<typeof openWorld>[1];

/** Installs Locust and finds or starts the service at the same time. */
async function prepare(settings: Settings, surroundings: Surroundings): Promise<Prepared> {
  const requirements = 'loadtest/requirements.txt';
  const onProgress = (text: string) => surroundings.talk.line(text);
  const [tools, open] = await Promise.allSettled([
    pythonTools({ name: 'load', requirements, onProgress }),
    openWorld(settings, surroundings),
  ]);
  if (open.status === 'rejected') throw open.reason;
  if (tools.status === 'fulfilled') return { ...open.value, tools: tools.value };
  await open.value.close();
  throw tools.reason;
}

type Measured = Pick<Results, 'phases' | 'broken' | 'metrics'>;

/** Runs the phases and reads what can be read afterwards. It never throws: what was measured is kept. */
async function measure(
  { phases: plans }: Pick<Settings, 'phases'>,
  world: World,
  maxOrders: number | undefined,
): Promise<Measured> {
  const experiment = new Experiment(world, maxOrders);
  const { phases } = experiment;
  const lastId = plans.at(-1)?.id ?? '';
  const broken = await runPhases(experiment, plans, world);
  // Where a phase broke, those before it get their figures all the same; an interrupted run has to end.
  const unfilled = world.signal.aborted
    ? null
    : await breakOf(lastId, world, () => fillFromCloudWatch(world, phases));
  if (broken !== null || unfilled !== null)
    return { phases, broken: broken ?? unfilled, metrics: null };
  let metrics: Measured['metrics'] = null;
  const unread = await breakOf(lastId, world, async () => {
    metrics = await checkMetrics(world, phases);
  });
  return { phases, broken: unread, metrics };
}

async function runPhases(
  experiment: Experiment,
  plans: Settings['phases'],
  world: World,
): Promise<Results['broken']> {
  for (const plan of plans) {
    const broken = await breakOf(plan.id, world, async () => {
      if (world.kind === 'aws') await untilFullMinute(world);
      await experiment.run(plan);
    });
    if (broken !== null) return broken;
  }
  return null;
}

/** What broke a part of the run, as results.json tells it; null where nothing did. */
async function breakOf(
  phase: string,
  { signal, talk }: World,
  part: () => Promise<void>,
): Promise<Results['broken']> {
  try {
    await part();
    return null;
  } catch (error) {
    const { message, stack, cause } = await causeOf(error, signal);
    if (error instanceof TypeError) talk.line(String(stack));
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
