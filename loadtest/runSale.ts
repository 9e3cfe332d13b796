import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { approveAwsRun } from './aws/approval.ts';
import { fillFromCloudWatch, untilFullMinute } from './aws/cloudWatch.ts';
import { judgeClaims } from './claims/claims.ts';
import { exitStatus } from './exitStatus.ts';
import { BrokenRun, Experiment } from './experiment.ts';
import { checkMetrics } from './metricsCheck.ts';
import { type OpenWorld, openWorld } from './openWorld.ts';
import { type PythonTools, pythonTools } from './pythonTools.ts';
import { publishResults, readResults } from './resultFiles.ts';
import type { Results } from './results.ts';
import type { Settings } from './settings.ts';
import { describeRun } from './surroundings.ts';
import type { Talk } from './talk.ts';
import type { World } from './world.ts';

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
    const maxOrders = await approveAwsRun(settings, world, talk);
    const run = describeRun(settings, args, world, tools);
    const { phases, broken } = await runPhases(
      settings,
      { ...world, locust: tools.command('locust') },
      maxOrders,
    );
    const measured = {
      version: 1 as const,
      settings: run,
      seconds: (performance.now() - startedMs) / 1000,
      phases,
      metrics: broken === null ? await checkMetrics(world, phases) : null,
      broken,
    };
    const results: Results = { ...measured, claims: judgeClaims(measured) };
    await publishResults(results, { folder, older, json: settings.json, talk });
    return exitStatus(results);
  } finally {
    await close().catch((error: Error) =>
      talk.line(`The stage could not be left as it was found: ${error.message}`),
    );
  }
}

type Surroundings = Parameters<typeof openWorld>[1];

/** Installs Locust and finds or starts the service at the same time. */
async function prepare(
  settings: Settings,
  surroundings: Surroundings,
): Promise<OpenWorld & { tools: PythonTools }> {
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

async function runPhases(
  settings: Settings,
  world: World,
  maxOrders: number | undefined,
): Promise<Pick<Results, 'phases' | 'broken'>> {
  const experiment = new Experiment(world, maxOrders);
  const { phases } = experiment;
  try {
    for (const plan of settings.phases) {
      if (world.kind === 'aws') await untilFullMinute(world);
      await experiment.run(plan);
    }
    if (world.kind === 'aws' && world.stage !== null)
      await fillFromCloudWatch(world, world.stage, phases);
    return { phases, broken: null };
  } catch (error) {
    if (!(error instanceof BrokenRun)) throw error;
    return { phases, broken: { phase: error.phase, reason: error.message } };
  }
}

function outputFolder(out: string | undefined): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const folder = resolve(out ?? join(import.meta.dirname, '../sale-results', stamp));
  mkdirSync(folder, { recursive: true });
  return folder;
}
