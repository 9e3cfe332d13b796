import { parseArgs } from 'node:util';
import { Campaign, type RoundResult } from './campaign.ts';
import {
  FAULT_POINTS,
  type Patch,
  PROVIDER_WITHOUT_KEY,
  WORKER_ACKNOWLEDGES_FIRST,
} from './patches.ts';
import { describeBooks, renderTable } from './report.ts';
import { isKillRound, KILL, kindsOf, MUTANT_ROUND, ROUNDS, type Round } from './rounds.ts';

const HELP = `Sells under faults, and proves after each round that no order was lost and none charged twice.

  npm run test:faults                       the whole campaign, about five minutes
  npm run test:faults -- --short            a small one, about two minutes
  npm run test:faults -- --seed 7           another campaign; the same seed brings the same one again
  npm run test:faults -- --only "SNS fails" rounds whose name contains this
  npm run test:faults -- --json             one JSON document on stdout

Exit 0: nothing lost, nothing charged twice. 1: something was, or a fault did not strike often enough. 2: no start.`;

const LEAST_FIRED = 50;
const LEAST_KILLS = 3;
const SHORT_SHARE = 0.15;
/** Lambda's own retries of an asynchronous event end after three minutes. */
const SETTLE_SECONDS = 200;

const MUTANTS: Record<string, Patch[]> = {
  'provider without its key check': PROVIDER_WITHOUT_KEY,
  'worker that acknowledges before it pays': WORKER_ACKNOWLEDGES_FIRST,
};

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const tell = (text: string) => process.stderr.write(`${text}\n`);

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
  await sellUnderFaults(chosenRounds(), outcome);
  if (!values.short && values.only === undefined) await tryMutants(outcome);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  process.stdout.write(
    values.json ? JSON.stringify({ seed, seconds, ...outcome }) : describe(outcome, seconds),
  );
  return outcome.faults.length === 0 ? 0 : 1;
}

function chosenRounds(): Round[] {
  const firstKill = ROUNDS.find(isKillRound);
  const all = values.short
    ? ROUNDS.filter((round) => !isKillRound(round) || round === firstKill).map(shortened)
    : ROUNDS;
  return all.filter(({ name }) => name.includes(values.only ?? ''));
}

/** A round that kills the process does so once, which takes as many orders as ever. */
const shortened = (round: Round): Round => ({
  ...round,
  orders: isKillRound(round) ? round.orders : Math.round(round.orders * SHORT_SHARE),
});

async function sellUnderFaults(rounds: Round[], outcome: Outcome): Promise<void> {
  const campaign = new Campaign({ seed, patches: FAULT_POINTS });
  try {
    await campaign.start();
    for (const round of rounds) {
      const result = await campaign.run(round);
      outcome.results.push(result);
      outcome.faults.push(...faultsOf(result));
      tell(`${result.name}: ${describeBooks(result.books)}, ${result.seconds.toFixed(0)} s`);
    }
    const books = await campaign.close(values.short ? 1 : SETTLE_SECONDS);
    tell(`at the end: ${describeBooks(books)}`);
    if (!books.closed || (!books.settled && !values.short))
      outcome.faults.push(`at the end: ${describeBooks(books)}`);
    outcome.faults.push(...tooSeldom(rounds, outcome.results));
  } finally {
    await campaign.stop();
  }
}

function faultsOf({ name, lost, undecided, contradictions, books }: RoundResult): string[] {
  return [
    ...(books.closed && books.orders.pending === 0 ? [] : [`${name}: ${describeBooks(books)}`]),
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
  const isWhole = !values.short && values.only === undefined;
  const least = (kind: string) => (!isWhole ? 1 : kind === KILL ? LEAST_KILLS : LEAST_FIRED);
  return [...fired]
    .filter(([kind, count]) => count < least(kind))
    .map(([kind, count]) => `${kind}: fired ${count} times, at least ${least(kind)} are needed`);
}

/** A service that is wrong on purpose: books that close on it would prove nothing. */
async function tryMutants(outcome: Outcome): Promise<void> {
  for (const [name, patches] of Object.entries(MUTANTS)) {
    const campaign = new Campaign({ seed, patches, parameters: { SWEEPER: 'off' } });
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
}

function describe({ results, mutants, faults }: Outcome, seconds: number): string {
  const orders = results.reduce((sum, result) => sum + result.orders, 0);
  const kinds = new Set(results.flatMap((result) => Object.keys(result.fired)));
  return [
    renderTable(results),
    '',
    `${kinds.size} kinds of fault, ${orders} orders, ${seconds} s, seed ${seed}`,
    ...Object.entries(mutants).map(
      ([name, count]) => `wrong on purpose, ${name}: ${count} violations found`,
    ),
    ...(faults.length === 0 ? ['Nothing lost, nothing charged twice.'] : ['', ...faults]),
    '',
  ].join('\n');
}

const exitCode = await main().catch((error: Error) => {
  tell(error.message);
  return 2;
});
// After a failure buyers may still be waiting for answers that no longer matter.
process.exit(exitCode);
