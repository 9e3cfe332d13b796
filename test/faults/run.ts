import { parseArgs } from 'node:util';
import { Campaign, type RoundResult } from './campaign.ts';
import { describeBooks, renderTable } from './report.ts';
import { KILL, kindsOf, MUTANT_ROUND, ROUNDS, type Round } from './rounds.ts';
import { FAULT_POINTS, type Seams } from './seams.ts';
import { STOCK_PARAMETERS, STOCK_ROUNDS } from './stockRounds.ts';
import { throttledStorage } from './throttled.ts';
import { WRONG, type Wrong } from './wrong.ts';

const HELP = `Sells under faults, and proves after each round that no order was lost, none charged twice and no unit sold twice.

  npm run test:faults                       the whole campaign, many minutes
  npm run test:faults -- --short            a small one
  npm run test:faults -- --seed 7           another campaign; the same seed brings the same one again
  npm run test:faults -- --only "SNS fails" rounds whose name contains this
  npm run test:faults -- --json             one JSON document on stdout
  npm run test:faults -- --wrong key-check  the whole campaign with a provider that does not check its keys, or
  npm run test:faults -- --wrong acknowledges-first
                                            with a worker that acknowledges before it pays: exit 1 names what they break

Each fault counts where it strikes: on the wire, at its point in the code, or in the provider's own book.
Exit 0: nothing lost, nothing charged twice. 1: something was, or a fault did not strike often enough. 2: no start.`;

/** The name of the run in which every PutItem is turned away. */
const THROTTLED = 'storage throttled';
const THROTTLED_TRIES = 3;
const LEAST_FIRED = 50;
const LEAST_KILLS = 3;
/** A few more than needed; a short campaign waits for a few. */
const STRIKES = 55;
const SHORT_STRIKES = 5;
/** A wrong service may never bring its orders to their end. */
const WITHOUT_PATIENCE = { endWithinMs: 15_000 };
const SHORT_SHARE = 0.15;
/** Lambda's own retries of an asynchronous event end after three minutes. */
const SETTLE_SECONDS = 200;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    wrong: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => process.stderr.write(`${text}\n`);
const seed = readSeed(values.seed);
const wrong = readWrong(values.wrong);
/** The sale of the right service, with every round: what may be held to the least numbers. */
const isWhole = !values.short && values.only === undefined && wrong === undefined;

const isKillRound = ({ rules }: Round) => rules.some(({ kind }) => kind === KILL);

interface Outcome {
  results: RoundResult[];
  mutants: Record<string, number>;
  faults: string[];
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const startedAt = Date.now();
  const outcome: Outcome = { results: [], mutants: {}, faults: [] };
  if (wrong === undefined && THROTTLED.includes(values.only ?? '')) await sellThrottled(outcome);
  await sellUnderFaults(chosen(ROUNDS), outcome);
  // A service that is wrong on purpose is wrong without a stock.
  if (wrong === undefined) await sellUnderFaults(chosen(STOCK_ROUNDS), outcome, STOCK_PARAMETERS);
  if (isWhole) await tryMutants(outcome);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  process.stdout.write(
    values.json ? JSON.stringify({ seed, seconds, ...outcome }) : describe(outcome, seconds),
  );
  return outcome.faults.length === 0 ? 0 : 1;
}

/**
 * On a machine that stands still for a second calls time out, which is no refusal by DynamoDB, and a crowd takes all
 * executions: that may happen, but not each time.
 */
async function sellThrottled(outcome: Outcome): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { line, faults, isHarmless } = await throttledStorage(seed);
    tell(line);
    if (faults.length === 0) return;
    if (!isHarmless || tries === THROTTLED_TRIES) {
      outcome.faults.push(...faults);
      return;
    }
    tell(`${faults.join('\n')}\nNothing of it was stored, and nothing lost; once more.`);
  }
}

function readSeed(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  return refuse(`--seed: must be a whole number, got ${JSON.stringify(text)}`);
}

function readWrong(text: string | undefined): Wrong | undefined {
  if (text === undefined || Object.hasOwn(WRONG, text)) return WRONG[text ?? ''];
  const known = Object.keys(WRONG).join(' or ');
  return refuse(`--wrong: must be ${known}, got ${JSON.stringify(text)}`);
}

function refuse(fault: string): never {
  tell(fault);
  process.exit(2);
}

function chosen(rounds: Round[]): Round[] {
  const firstKill = rounds.find(isKillRound);
  const all = values.short
    ? rounds.filter((round) => !isKillRound(round) || round === firstKill).map(shortened)
    : rounds;
  return all.filter(({ name }) => name.includes(values.only ?? ''));
}

/** A round that kills the process does so once, which takes as many orders as ever. */
const shortened = (round: Round): Round => ({
  ...round,
  orders: isKillRound(round) ? round.orders : Math.round(round.orders * SHORT_SHARE),
});

async function sellUnderFaults(
  rounds: Round[],
  outcome: Outcome,
  parameters: Record<string, string> = {},
): Promise<void> {
  if (rounds.length === 0) return;
  const campaign = new Campaign({
    seed,
    seams: wrong?.seams ?? FAULT_POINTS,
    strikes: values.short ? SHORT_STRIKES : STRIKES,
    parameters: { ...parameters, ...(wrong?.isMendedBySweeper && { SWEEPER: 'off' }) },
  });
  try {
    await campaign.start();
    const results: RoundResult[] = [];
    for (const round of rounds) {
      const isSwept = !wrong?.isMendedBySweeper || round.needsSweeper === true;
      const result = await campaign.run(round, { isSwept, ...(wrong && WITHOUT_PATIENCE) });
      results.push(result);
      outcome.results.push(result);
      outcome.faults.push(...faultsOf(result));
      tell(`${result.name}: ${describeBooks(result.books)}, ${result.seconds.toFixed(0)} s`);
    }
    if (wrong !== undefined) return;
    const books = await campaign.close(values.short ? 1 : SETTLE_SECONDS);
    tell(`at the end: ${describeBooks(books)}`);
    if (!books.closed || (!books.settled && !values.short))
      outcome.faults.push(`at the end: ${describeBooks(books)}`);
    outcome.faults.push(...tooSeldom(rounds, results));
  } finally {
    await campaign.stop();
  }
}

function faultsOf({ name, lost, undecided, contradictions, books }: RoundResult): string[] {
  return [
    ...(books.closed && books.orders.pending === 0 ? [] : [`${name}: ${describeBooks(books)}`]),
    ...(books.stock ?? [])
      .filter(({ stock, free, held, sold }) => held > 0 || free + sold !== stock)
      .map((item) => `${name}: ${JSON.stringify(item)}`),
    ...(lost > 0 ? [`${name}: ${lost} orders lost`] : []),
    ...(undecided > 0 ? [`${name}: ${undecided} buyers never learned where they stand`] : []),
    ...(contradictions > 0
      ? [`${name}: ${contradictions} keys were answered with two orders`]
      : []),
    ...books.violations
      .slice(0, 5)
      .map(({ rule, orderId, detail }) => `  ${rule} ${orderId} ${detail}`),
  ];
}

/** A fault that did not strike, or seldom, proves nothing. */
function tooSeldom(rounds: Round[], results: RoundResult[]): string[] {
  const fired = new Map(rounds.flatMap(kindsOf).map((kind) => [kind, 0]));
  for (const [kind, count] of results.flatMap((result) => Object.entries(result.fired))) {
    fired.set(kind, (fired.get(kind) ?? 0) + count);
  }
  const least = (kind: string) => (!isWhole ? 1 : kind === KILL ? LEAST_KILLS : LEAST_FIRED);
  return [...fired]
    .filter(([kind, count]) => count < least(kind))
    .map(([kind, count]) => `${kind}: fired ${count} times, at least ${least(kind)} are needed`);
}

/** A service that is wrong on purpose: books that close on it would prove nothing. */
async function tryMutants(outcome: Outcome): Promise<void> {
  const tries = Object.values(WRONG).map(({ name, seams }) =>
    // What was found so far is told in any case: a source that has changed must not hide it.
    tryMutant(name, seams, outcome).catch((error: Error) => {
      outcome.faults.push(`${name}: could not be tried: ${error.message}`);
    }),
  );
  await Promise.all(tries);
}

async function tryMutant(name: string, seams: Seams, outcome: Outcome): Promise<void> {
  const campaign = new Campaign({
    seed,
    seams,
    strikes: SHORT_STRIKES,
    parameters: { SWEEPER: 'off' },
  });
  try {
    await campaign.start();
    const { books } = await campaign.run(MUTANT_ROUND, { isSwept: false });
    outcome.mutants[name] = books.violations.length;
    tell(`${name}: ${describeBooks(books)}`);
    if (books.closed) outcome.faults.push(`${name}: not found`);
  } finally {
    await campaign.stop();
  }
}

function describe({ results, mutants, faults }: Outcome, seconds: number): string {
  const orders = results.reduce((sum, result) => sum + result.orders, 0);
  const kinds = new Set(results.flatMap((result) => Object.keys(result.fired)));
  return [
    renderTable(results),
    '',
    `${kinds.size} kinds of fault, ${orders} orders, ${seconds} s, seed ${seed}`,
    ...(wrong === undefined ? [] : [`wrong on purpose throughout: ${wrong.name}`]),
    ...Object.entries(mutants).map(
      ([name, count]) => `wrong on purpose, ${name}: ${count} violations found`,
    ),
    ...(faults.length === 0 ? ['Nothing lost, nothing charged twice.'] : ['', ...faults]),
    '',
  ].join('\n');
}

const exitCode = await main().catch((error: Error) => {
  tell(error.stack ?? error.message);
  return 2;
});
// After a failure buyers may still be waiting for answers that no longer matter.
process.exit(exitCode);
