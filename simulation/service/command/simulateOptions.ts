import { parseArgs } from 'node:util';
import { UsageError } from '../../../common/usageError.ts';
import type { Sale } from '../history.ts';
import { WRONG } from '../wrongServices.ts';

export const HELP = `Lives through sales in which everything goes wrong, each from a seed, in virtual time, with the service's own code: calls
that fail, are slow, are done without an answer or later; messages that are lost, doubled or late; environments that are
ended in the midst of it or wake late; outages, restarts, deployments. Holds the books against every answer after each.

  npm run simulate                          as many seeds as a minute has room for
  npm run simulate -- --runs 10000          so many seeds
  npm run simulate -- --minutes 5           for so long at most
  npm run simulate -- --seed 42             this one alone; with --runs, from it on
  npm run simulate -- --wrong all           services that are wrong on purpose: each has to be found
  npm run simulate -- --wrong NAME          one of ${Object.keys(WRONG).join(', ')}
  npm run simulate -- --sale 60 --rate 60   one sale of so many seconds and orders a second, with the faults of its seed;
                                            --calm has none
  npm run simulate -- --first               ends with the first run that fails
  npm run simulate -- --json                one JSON document on stdout

A run that fails is told as the shortest history that fails the same way. Exit 0: nothing failed, or every wrong service was
found, in at most 12 steps and within 500 seeds (--runs). 1: something failed, or was not found. 2: the options are wrong.
`;

const DEFAULT_MINUTES = 1;
const DEFAULT_RATE = 60;

export interface SimulateOptions {
  from: number;
  /** Undefined: as many as there is time for. */
  runs: number | undefined;
  minutes: number | undefined;
  /** One long sale, instead of each seed's own. */
  sale: Sale | undefined;
  /** Names of wrong services; none for the right one. */
  wrong: string[];
  untilFailure: boolean;
  isJson: boolean;
  isHelp: boolean;
}

/** Throws for what is not an option, or not a value of it. */
export function readOptions(args: string[]): SimulateOptions {
  const { values } = parsed(args);
  const seed = number('seed', values.seed, 0);
  const runs = number('runs', values.runs, 1);
  const minutes = number('minutes', values.minutes, 0);
  const seconds = number('sale', values.sale, 1);
  const rate = number('rate', values.rate, 1) ?? DEFAULT_RATE;
  if (seconds === undefined && (values.calm || values.rate !== undefined))
    throw new UsageError('--rate and --calm are of a sale: give --sale SECONDS too');
  const isOne = seed !== undefined || seconds !== undefined;
  const isAlone = isOne && runs === undefined && minutes === undefined;
  const isBounded = isOne || runs !== undefined;
  return {
    from: seed ?? 1,
    runs: isAlone ? 1 : runs,
    minutes: minutes ?? (isBounded ? undefined : DEFAULT_MINUTES),
    sale: seconds === undefined ? undefined : { seconds, rate, hasFaults: !values.calm },
    wrong: wrongOf(values.wrong),
    untilFailure: values.first,
    isJson: values.json,
    isHelp: values.help,
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    ...{ seed: text, runs: text, minutes: text, wrong: text, sale: text, rate: text },
    ...{ calm: flag, first: flag, json: flag, help: flag },
  };
  try {
    return parseArgs({ args, options, strict: true });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UsageError(`${line} --help shows them all.`);
  }
}

function number(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isWhole = name === 'minutes' ? Number.isFinite(value) : Number.isSafeInteger(value);
  if (text.trim() !== '' && isWhole && value >= least) return value;
  const kind = name === 'minutes' ? 'a number' : 'a whole number';
  throw new UsageError(`--${name} must be ${kind} from ${least} up, got ${JSON.stringify(text)}`);
}

function wrongOf(name: string | undefined): string[] {
  const known = Object.keys(WRONG);
  if (name === undefined) return [];
  if (name === 'all') return known;
  if (known.includes(name)) return [name];
  throw new UsageError(
    `--wrong must be all or one of ${known.join(', ')}, got ${JSON.stringify(name)}`,
  );
}
