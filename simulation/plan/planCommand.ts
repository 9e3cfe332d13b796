import { writeFileSync } from 'node:fs';
import { UsageError } from '../../common/usageError.ts';
import { type CommandContext, EXIT, type ExitCode } from '../../ops/commandLine.ts';
import {
  type Manifest,
  type PlanOptions,
  readDuration,
  readPlanOptions,
  withWorkers,
} from './inputs/planOptions.ts';
import { leastWorkers, makePlan, type Plan } from './plan.ts';
import { assumptionsOf } from './report/assumptions.ts';
import { describeSettings } from './report/planFigures.ts';
import { planPage } from './report/planPage.ts';
import { planText } from './report/planText.ts';

type Context = Pick<CommandContext, 'stage' | 'region' | 'print' | 'tell' | 'progress'> & {
  options: CommandContext['options'];
  environment: Manifest['environment'];
};

/** `sls plan`: foresees a sale. It asks no stage. */
export async function planCommand(context: Context): Promise<ExitCode> {
  const startedAt = performance.now();
  const exitCode = await plan(context);
  const seconds = (performance.now() - startedAt) / 1000;
  if (exitCode !== EXIT.cannotAsk) context.tell(`Planned in ${seconds.toFixed(1)} s`);
  return exitCode;
}

async function plan(context: Context): Promise<ExitCode> {
  try {
    const options = texts(context.options);
    const withinSeconds = readDuration('--done-within', options['done-within']);
    const settings = readPlanOptions(options, context);
    if (withinSeconds === undefined) return await tell(context, options, await makePlan(settings));
    if (options.workers !== undefined)
      throw new UsageError('--workers: is what --done-within finds, got both');
    if (settings.way !== 'queued')
      throw new UsageError(
        `--done-within: finds workers of the queued way, got --way ${settings.way}`,
      );
    context.progress('Looking for the least number of workers');
    const settingsOf = (workers: number) => withWorkers(settings, workers, context);
    const workers = await leastWorkers(withinSeconds, settingsOf);
    if (workers === undefined) return notWithin(context, withinSeconds);
    const plan = await makePlan(settingsOf(workers));
    if (context.options.json !== true)
      context.print(
        `${workers} workers are the least that have paid the last order within ${withinSeconds} s.\n`,
      );
    return await tell(context, options, plan, workers);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.tell(error.message);
    return EXIT.cannotAsk;
  }
}

function notWithin({ tell, print, options }: Context, withinSeconds: number): ExitCode {
  if (options.json === true) print(JSON.stringify({ workers: null }));
  tell(
    `No number of workers up to 1,000 has paid the last order within ${withinSeconds} s: try a larger --batch, or --quota and --pollers.`,
  );
  return EXIT.no;
}

const texts = (options: Context['options']): PlanOptions =>
  Object.fromEntries(
    Object.entries(options).filter(
      (option): option is [string, string] => typeof option[1] === 'string',
    ),
  );

async function tell(
  context: Context,
  { html }: PlanOptions,
  plan: Plan,
  workers?: number,
): Promise<ExitCode> {
  if (html !== undefined) {
    writeFileSync(html, await planPage(plan));
    context.tell(`Page: ${html}`);
  }
  context.print(
    context.options.json === true ? JSON.stringify(planJson(plan, workers)) : planText(plan),
  );
  return EXIT.good;
}

/** The plan as one document. */
function planJson({ settings, ...plan }: Plan, workers: number | undefined) {
  const { way, quota, region, polls, seed, faults, sizing } = settings;
  return {
    ...(workers !== undefined && { workers }),
    summary: describeSettings(settings, plan.outcome),
    settings: {
      ...{ way, quota, region, polls, seed, faults, pollers: settings.pollers ?? null },
      load: settings.load.text,
      seconds: settings.load.durationSeconds,
      payment: settings.payment.text,
      workers: sizing.workers.concurrency,
      batchSize: sizing.workers.batchSize,
      memoryMb: sizing.memoryMb,
      hasReservations: settings.hasReservations,
    },
    ...plan,
    assumptions: assumptionsOf(settings, plan.outcome.method),
  };
}
