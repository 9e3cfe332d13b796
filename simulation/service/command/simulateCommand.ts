import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { keepCompiledCode } from '../../../common/compileCache.ts';
import { UsageError } from '../../../common/usageError.ts';
import { Crew } from './crew.ts';
import { HELP, readOptions, type SimulateOptions } from './simulateOptions.ts';
import { story } from './story.ts';
import type { Failure, TaskResult } from './tasks.ts';

const SEEDS_A_TASK = 20;
/** Within so many seeds a wrong service has to be found. */
const WRONG_RUNS = 500;
const MOST_STEPS = 12;
const MOST_THREADS = 2;

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? ' with changes' : '')
    );
  } catch {
    return 'unknown';
  }
}

/** Seeds in order, until there are enough or the time is over. */
async function simulate(crew: Crew, threads: number, options: SimulateOptions): Promise<number> {
  const { from, runs = Number.POSITIVE_INFINITY, minutes, sale, untilFailure, isJson } = options;
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const results: TaskResult[] = [];
  let next = from;
  const hasFailed = () => results.some((result) => result?.failures.length > 0);
  const isOver = () =>
    next >= from + runs ||
    (minutes !== undefined && seconds() >= minutes * 60) ||
    (untilFailure && hasFailed());
  await Promise.all(
    Array.from({ length: threads }, async () => {
      while (!isOver()) {
        const first = next;
        const size = Math.min(SEEDS_A_TASK, from + runs - first);
        next += size;
        const task = { from: first, runs: size, sale, untilFailure };
        results[(first - from) / SEEDS_A_TASK] = await crew.work(task);
      }
    }),
  );
  return tell(results, seconds(), isJson);
}

function tell(results: TaskResult[], seconds: number, isJson: boolean): number {
  const sum = (of: (result: TaskResult) => number) =>
    results.reduce((all, one) => all + of(one), 0);
  const failures = results.flatMap((result) => result.failures);
  const hash = createHash('sha256')
    .update(results.flatMap(({ hashes }) => hashes).join())
    .digest('hex');
  const summary = {
    commit: commit(),
    runs: sum(({ runs }) => runs),
    orders: sum(({ orders }) => orders),
    virtual_hours: tenths(sum(({ virtualSeconds }) => virtualSeconds) / 3600),
    seconds: tenths(seconds),
    trace_hash: hash.slice(0, 16),
    failed: failures.length,
  };
  const text = `${summary.runs} runs, ${summary.orders} orders, ${summary.virtual_hours} hours lived through in ${summary.seconds} s; trace ${summary.trace_hash}; ${failures.length === 0 ? 'the books closed after each' : `${failures.length} FAILED`}\n`;
  if (isJson) process.stdout.write(`${JSON.stringify({ ...summary, failures })}\n`);
  else
    process.stdout.write(failures.map((one) => `${story(one, summary.commit)}\n`).join('') + text);
  return failures.length === 0 ? 0 : 1;
}

const tenths = (value: number) => Math.round(value * 10) / 10;

interface Found {
  wrong: string;
  within: number;
  failure: Failure | undefined;
}

/** Each wrong service is looked for on its own. */
async function findWrong(crew: Crew, options: SimulateOptions): Promise<number> {
  const { wrong: names, isJson } = options;
  const found = await Promise.all(names.map((wrong) => findOne(crew, wrong, options)));
  if (isJson) process.stdout.write(`${JSON.stringify({ commit: commit(), found })}\n`);
  else process.stdout.write(found.map(tellFound).join(''));
  return found.every(({ failure }) => failure && failure.steps.length <= MOST_STEPS) ? 0 : 1;
}

/** Goes on to the next seed while what is found cannot be told in a few steps. */
async function findOne(crew: Crew, wrong: string, options: SimulateOptions): Promise<Found> {
  const { from, runs = WRONG_RUNS, sale } = options;
  let failure: Failure | undefined;
  for (let next = from; next < from + runs; next = failure.seed + 1) {
    const task = { from: next, runs: from + runs - next, wrong, sale, untilFailure: true };
    const { failures } = await crew.work(task);
    if (failures[0] === undefined) break;
    failure = failures[0];
    if (failure.steps.length <= MOST_STEPS) break;
  }
  return { wrong, within: failure === undefined ? runs : failure.seed - from + 1, failure };
}

const tellFound = ({ wrong, within, failure }: Found): string =>
  failure === undefined
    ? `${wrong}: NOT FOUND in ${within} seeds\n\n`
    : `${wrong}: found within ${within} seeds, told in ${failure.steps.length} steps\n${story(failure, commit())}\n`;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  const threads = Math.min(MOST_THREADS, availableParallelism());
  keepCompiledCode();
  const crew = new Crew(threads);
  try {
    if (options.wrong.length > 0) return await findWrong(crew, options);
    return await simulate(crew, threads, options);
  } finally {
    await crew.end();
  }
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error instanceof UsageError ? error.message : error.stack}\n`);
  return 2;
});
