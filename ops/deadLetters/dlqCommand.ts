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
import { DEFAULT_RATE, type LetterAction, planChange } from './changeLetters.ts';
import {
  describeCauses,
  describeChange,
  describeLetter,
  describeLine,
  describeOperations,
} from './dlqText.ts';
import { groupByCause, heldBy, type JudgedLetter } from './judgedLetter.ts';
import { isMeant, type LetterFilter, readAge } from './letterFilter.ts';
import { operate } from './operate.ts';
import { readOperations } from './operationsLog.ts';
import { readLetters } from './readLetters.ts';

type OnStage = (stage: Stage) => Promise<ExitCode>;

const FASTEST = 1000;
const FILTERS = ['cause', 'order', 'older-than', 'newer-than'];

/** What follows `sls dlq`: reads the command line, and gives what is then done. */
const DOES: Record<string, (context: CommandContext, filter: LetterFilter) => OnStage> = {
  list: (context, filter) => (stage) => list(context, stage, filter),
  show: (context) => (stage) => show(context, stage),
  export: (context, filter) => (stage) => exportLetters(context, stage, filter),
  log: (context) => (stage) => showLog(context, stage),
  redrive: (context, filter) => changing(context, 'redrive', filter),
  discard: (context, filter) => {
    if (!textOption(context, 'reason')?.trim())
      throw new UsageError('--reason: must say why the messages are discarded, got none');
    return changing(context, 'discard', filter);
  },
};

/** `sls dlq list`, `show ID`, `redrive`, `discard`, `export` and `log`. */
export function dlqCommand(context: CommandContext): OnStage {
  const [what = 'list', id, ...others] = context.words;
  const does = Object.hasOwn(DOES, what) ? DOES[what] : undefined;
  if (does === undefined || others.length > 0 || (what === 'show') !== (id !== undefined))
    throw new UsageError(
      `sls dlq: must be followed by list, show ID, redrive, discard, export or log, got ${JSON.stringify(context.words.join(' '))}`,
    );
  return does(context, readFilter(context));
}

function readFilter(context: CommandContext): LetterFilter {
  const age = (flag: string) => {
    const text = textOption(context, flag);
    return text === undefined ? undefined : readAge(`--${flag}`, text);
  };
  const [cause, id] = [textOption(context, 'cause'), textOption(context, 'order')];
  return { cause, id, olderThanMs: age('older-than'), newerThanMs: age('newer-than') };
}

const given = (context: CommandContext): Record<string, string> =>
  Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = textOption(context, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** The letters that are meant; tells of those that could not be read. */
async function readMeant(
  context: CommandContext,
  stage: Stage,
  filter: LetterFilter,
  waitsForOthers = false,
): Promise<JudgedLetter[]> {
  const { signal, progress: onProgress } = context;
  const read = await readLetters(stage, { signal, onProgress, waitsForOthers });
  if (read.heldByOthers > 0)
    context.tell(
      `${read.heldByOthers} more are held by somebody who received them just now: look again in a minute.`,
    );
  const nowMs = Date.now();
  return read.letters.filter((letter) => isMeant(letter, filter, nowMs));
}

async function list(context: CommandContext, stage: Stage, filter: LetterFilter) {
  const letters = await readMeant(context, stage, filter);
  const causes = groupByCause(letters);
  const document = { messages: letters.length, ...heldBy(letters), causes };
  const lines = Object.keys(given(context)).length > 0 ? letters.map(describeLine) : [];
  const text = [describeCauses(stage.name, document), ...lines].join('\n');
  context.print(context.options.json === true ? JSON.stringify(document) : text);
  return EXIT.good;
}

async function show(context: CommandContext, stage: Stage) {
  const letters = await readMeant(context, stage, { id: context.words[1] });
  if (letters.length === 0) return nothing(context, { id: context.words[1] ?? '' });
  const { json } = context.options;
  context.print(json === true ? JSON.stringify(letters) : letters.map(describeLetter).join('\n\n'));
  return EXIT.good;
}

async function exportLetters(context: CommandContext, stage: Stage, filter: LetterFilter) {
  const letters = await readMeant(context, stage, filter);
  for (const letter of letters) context.print(JSON.stringify(letter));
  return EXIT.good;
}

async function showLog(context: CommandContext, stage: Stage) {
  const operations = await readOperations(stage);
  const { json } = context.options;
  context.print(json === true ? JSON.stringify(operations) : describeOperations(operations));
  return EXIT.good;
}

function changing(context: CommandContext, action: LetterAction, filter: LetterFilter): OnStage {
  const text = textOption(context, 'rate') ?? String(DEFAULT_RATE);
  const rate = readNumber('--rate', text, 1, FASTEST);
  return (stage) => change(context, stage, { action, filter, rate });
}

async function change(
  context: CommandContext,
  stage: Stage,
  { action, filter, rate }: { action: LetterAction; filter: LetterFilter; rate: number },
): Promise<ExitCode> {
  const report = (text: string, document: object) =>
    context.print(context.options.json === true ? JSON.stringify(document) : text);
  const letters = await readMeant(context, stage, filter, true);
  if (letters.length === 0) return nothing(context, given(context));
  const plan = planChange(action, letters);
  if (context.options['dry-run'] === true) {
    report(describeChange(plan), plan);
    return EXIT.good;
  }
  context.tell(describeChange(plan));
  if (!(await isConfirmed(context, `Do so on stage ${stage.name}?`))) return EXIT.no;
  const reason = textOption(context, 'reason');
  const wanted = { action, filter: given(context), through: 'sls dlq', ...(reason && { reason }) };
  const { signal, progress: onProgress } = context;
  const result = await operate(stage, letters, wanted, { rate, signal, onProgress });
  report(describeChange(result), result);
  return Object.keys(result.kept).length === 0 ? EXIT.good : EXIT.no;
}

/** Never everything: what a filter does not find is left alone. */
function nothing(context: CommandContext, filter: Record<string, string>): ExitCode {
  const what = Object.entries(filter).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const text =
    what.length === 0
      ? 'There are no dead letters.'
      : `No dead letter has ${what.join(' and ')}: nothing was done. sls dlq list shows what there is.`;
  context.tell(text);
  return what.length === 0 ? EXIT.good : EXIT.no;
}
