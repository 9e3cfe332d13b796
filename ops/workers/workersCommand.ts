import { counted } from '../../common/counted.ts';
import { UsageError } from '../../common/usageError.ts';
import {
  type CommandContext,
  EXIT,
  type ExitCode,
  isConfirmed,
  readNumber,
  textOption,
} from '../commandLine.ts';
import type { Stage } from '../stage.ts';
import {
  describeWorkers,
  readWorkers,
  setTaking,
  setWorkerCount,
  type WorkerChange,
} from './workers.ts';

/** `sls workers [N]`: shows how many orders the stage pays at a time, and changes it; `--pause` and `--resume`. */
export function workersCommand(context: CommandContext) {
  const wanted = textOption(context, 'count') ?? context.words[0];
  const batch = textOption(context, 'batch-size');
  const { pause, resume } = context.options;
  if (pause === true || resume === true) {
    if (pause === resume || wanted !== undefined || batch !== undefined)
      throw new UsageError(
        '--pause, --resume: must be alone, one of the two, got another option or a number beside it',
      );
    return (stage: Stage) => take(context, stage, resume === true);
  }
  if (wanted === undefined && batch !== undefined)
    throw new UsageError('--batch-size: needs the number of workers beside it, got none');
  if (wanted === undefined) return (stage: Stage) => show(context, stage);
  const workers = readNumber('The number of workers', wanted, 1, 1000);
  const batchSize = batch === undefined ? undefined : readNumber('--batch-size', batch, 1, 1000);
  return (stage: Stage) => change(context, stage, workers, batchSize);
}

async function change(
  context: CommandContext,
  stage: Stage,
  workers: number,
  batchSize: number | undefined,
): Promise<ExitCode> {
  const planned = await setWorkerCount(stage, workers, { batchSize, dryRun: true });
  context.tell(describeChange(stage, planned));
  if (context.options['dry-run'] === true) return report(context, planned);
  // Nothing to agree to where nothing changes, or where only this machine does.
  const isAsked = planned.steps.length > 0 && stage.runtime === undefined;
  if (isAsked && !(await isConfirmed(context, `Change stage ${stage.name}?`))) return EXIT.no;
  return report(context, await setWorkerCount(stage, workers, { batchSize }));
}

async function take(context: CommandContext, stage: Stage, isTaking: boolean): Promise<ExitCode> {
  const what = isTaking ? 'Let the workers take orders' : 'Let the workers take no more orders';
  const isAsked = stage.runtime === undefined;
  if (isAsked && !(await isConfirmed(context, `${what} on stage ${stage.name}?`))) return EXIT.no;
  await setTaking(stage, isTaking);
  const text = `The workers take ${isTaking ? 'orders' : 'no more orders: the queue keeps them'}`;
  context.print(context.options.json === true ? JSON.stringify({ taking: isTaking }) : text);
  return EXIT.good;
}

async function show(context: CommandContext, stage: Stage): Promise<ExitCode> {
  const settings = await readWorkers(stage);
  const text =
    context.options.json === true
      ? JSON.stringify(settings)
      : describeWorkers(settings, Number(stage.outputs.WorkerBatchSize));
  context.print(text);
  return EXIT.good;
}

function report(context: CommandContext, change: WorkerChange): ExitCode {
  const done = change.applied ? 'now' : 'would be';
  const state = change.steps.length === 0 ? 'already' : done;
  const halves = change.workers === 1 ? ` (2 x ${change.after.batchSize}: AWS's least)` : '';
  const text = `${counted(change.workers, 'worker')}: ${state} ${describeWorkers(change.after)}${halves}`;
  context.print(context.options.json === true ? JSON.stringify(change) : text);
  return EXIT.good;
}

const describeChange = (stage: Stage, { before, after, steps }: WorkerChange): string =>
  [
    `Stage ${stage.name}`,
    `  before  ${describeWorkers(before)}`,
    `  after   ${describeWorkers(after)}`,
    ...steps.map((step, index) => `  call ${index + 1}  ${step}`),
  ].join('\n');
