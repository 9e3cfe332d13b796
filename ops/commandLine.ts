import { createInterface } from 'node:readline/promises';
import { UsageError } from '../common/usageError.ts';
import { visibleText } from '../common/visibleText.ts';
import { CannotAskError, findStage, type Stage } from './stage.ts';

/** What the framework hands to a command. */
export interface CommandContext {
  /** The command's options, as strings or booleans; null where one is not given. */
  options: Record<string, string | boolean | null | undefined>;
  /** Words of the command line that belong to no option. */
  words: string[];
  stage: string;
  region: string;
  /** Results, on stdout. */
  print: (text: string) => void;
  /** All else, on stderr. */
  tell: (text: string) => void;
  progress: (text: string) => void;
  /** Whether somebody can be asked. */
  isTerminal: boolean;
  signal: AbortSignal;
}

export const EXIT = { good: 0, no: 1, cannotAsk: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Reads the command line, and gives what is then done on the stage: a wrong flag is told whether or not there is one. */
export type Command = (context: CommandContext) => OnStage | Promise<OnStage>;
type OnStage = (stage: Stage) => Promise<ExitCode>;

/** Runs a command on its stage. What keeps it from asking is told on stderr and becomes the exit code. */
export async function runOnStage(given: CommandContext, command: Command): Promise<ExitCode> {
  const context: CommandContext = {
    ...given,
    print: (text) => given.print(visibleText(text)),
    tell: (text) => given.tell(visibleText(text)),
  };
  let stage: Stage | undefined;
  try {
    const runOn = await command(context);
    stage = await findStage({
      stage: context.stage,
      region: context.region,
      readyFile: textOption(context, 'ready-file'),
    });
    return await runOn(stage);
  } catch (error) {
    if (context.signal.aborted) return EXIT.interrupted;
    context.tell(faultOf(error));
    return EXIT.cannotAsk;
  } finally {
    stage?.close();
  }
}

export function textOption({ options }: CommandContext, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number, within bounds. */
export function readNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(
    `${name}: must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`,
  );
}

/** True when the person at the terminal agrees, or has said so with --yes. */
export async function isConfirmed(
  { options, isTerminal, signal }: CommandContext,
  question: string,
): Promise<boolean> {
  if (options.yes === true) return true;
  if (!isTerminal) {
    throw new CannotAskError(
      'There is no terminal to ask for confirmation: pass --yes to make the change, or --dry-run to see it.',
    );
  }
  return askAtTerminal(question, { signal });
}

export async function askAtTerminal(question: string, options = {}): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = terminal.question(`${question} [y/N] `, options);
  return /^y(es)?$/i.test((await answer.finally(() => terminal.close())).trim());
}

/** What kept a command from its answer; where the program itself is at fault, with the stack that shows where. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || error instanceof CannotAskError) return error.message;
  return isOfTheWire(error)
    ? `The stage did not answer as expected: ${error.name}: ${error.message}`
    : (error.stack ?? error.message);
}

/** An answer of AWS, a connection that failed, or credentials that the SDK did not find. */
const isOfTheWire = (error: Error): boolean =>
  '$metadata' in error ||
  ('code' in error && 'syscall' in error) ||
  error instanceof AggregateError ||
  ['TimeoutError', 'CredentialsProviderError', 'TokenProviderError'].includes(error.name);
