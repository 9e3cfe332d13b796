import { isKept, type Ratio } from './benchResult.ts';
import type { Kept } from './kept.ts';

/** What each bench is for, in the order of the document. */
const WHY: Record<string, string> = {
  intake:
    'How many orders the whole local service takes in a second, beside an emulator that people use instead, with the same zips.',
  cold: 'What a buyer waits for whom Lambda has to start an execution environment: a fresh process loads the bundle that would be deployed and answers its first request. A bare handler makes the calls of AWS that the function makes, with the SDK, and does nothing else; that of orderAsync makes two.',
  warm: 'What validation, the idempotency key, the order’s record, logs and metrics cost above the two calls of AWS, in one environment that is warm.',
  cpu: 'A worker has 256/1769 of a core on Lambda: what a batch takes under that quota decides how many workers a sale needs.',
  workers:
    'A worker should do nothing but wait for payments: what else it does is time that is paid for. Of orders in a backlog, the ramp and the last batches left out.',
  cost: 'What Lambda bills for an order, everything on its way included, against the 1.5 GB-s of a function of 512 MB that waits 3 s for one payment. Warm; the most that the bound allows is a payment and nothing else.',
  start: 'From `npm start` on a tree that is built to the first order taken.',
  long: 'What an hour of the sale, 216,000 orders taken and paid as fast as they come, leaves in the process, and whether it slows down.',
  direct: 'The direct way at 60 orders a second, against what its concurrency allows.',
  console: 'What a page that watches costs the service.',
  stock: 'What a stock costs the intake.',
};

/** What stands below the figures: what they trade away, and what was tried and did not help. */
const NOTES: Record<string, string[]> = {
  intake: [
    'Of the CPU of an order at saturation (the account above) the function takes about 43 %, the gateway and what else the main thread does 17 %, the tables 18 %, V8’s own threads, which compile and collect, 9 %, SNS and SQS 10 %, the worker, which pays meanwhile, 3 %. In the function (a sampled profile) the writes to its two sockets are 17 %, the SDK’s own code 15 %, the runtime that it runs in 12 %, log and metrics 9 %, what it sends that runtime 7 %, signatures 6 %; the rest is flat.',
    'At 60 and 300 orders a second the load places those of each second at its begin, 16 at a time, so an answer is one of a crowd. At 60 it is measured right after a start, when V8 has optimized little yet: on both sides before anything waits for a worker.',
    'Both sides are under load for 15 s before their saturation is measured. After 5 s, while V8 still optimizes the local service, it was 5.0 x MiniStack in two runs of that day (4.4 to 6.3), and 6.05 x in one before them.',
    'With `--against` a checkout of commit c91152a, five pairs in turns on the same day: 2.0 x as many orders accepted a second (1.64 to 2.6; at least 1.8), for half the CPU each (2.1 x, 1.66 to 2.7).',
    'Tried without effect, four to six starts of each in turns: the function’s code compiled for each environment or for four of them (V8 compiles more than it gains); no TurboFan, or one that comes ten times later; young objects collected without helper threads, or with one. Not worth what it brings: a message for all lines of an invocation (5 µs an order); Unix sockets in the place of TCP (50 µs, 2 %, and a function would not reach its tables by the address that it is given).',
  ],
  cold: [
    'Tried without effect: to check the first body without the code that zod generates for it (its first check took 2 to 5 ms either way).',
    'Of the CPU that is left a fifth is V8 reading the bundle: 70 µs of each kB.',
  ],
  warm: [
    'Of the time that a warm order keeps its thread busy (a sampled profile of 1,500), Node’s HTTP takes about 60 % (the writes to its two sockets alone 28 %), signatures 8 %, the SDK’s own code 8 %, logs and metrics 6 %, the collector 2 %; the rules of an order and all else share the rest.',
  ],
  start: [
    'The parts are of starts of their own.',
    'Two thirds of what is left are the framework’s: loading itself, its plugins and the bundler, and packaging, of which the bundling is kept from the start before.',
    'Tried without effect: more room for young objects, no compilation in the background, and code that V8 compiles at once in place of when it is called.',
  ],
  workers: [
    'One worker costs twice as much an order as each of more: Lambda refuses a maximum concurrency of 1, so it is two environments with half of its batch each.',
    'Batches of 25 in 128 MB cost a fifth. They trade away room: 25 payments share 7 % of a core, so a batch takes longer there than its payment, and what a worker that is lost has in hand is 25 orders.',
  ],
  long: [
    'An order is 1.4 kB in the tables, two rows with their keys; all else in the process stays as large as it was when warm. Left to itself V8 let the tables’ heap double between two collections: 1.4 to 1.7 GB at most, by when the last one came. Every thread collects at 1.3 times what lived on now, which costs the intake nothing that five starts in turns could tell (866 against 897 orders/s, 1.91 against 1.85 ms of CPU each, with a spread of 25 %).',
    'Two more runs in a slow hour of the same day: 1,180 and 1,136 MB, 0.91 and 0.91 of the second tenth, reconciled in 8.0 and 9.8 s. Single tenths differ by 8 % there.',
  ],
};

/** `docs/performance.md`. */
export function performanceDocument(kept: Kept): string {
  const parts = Object.keys(WHY)
    .filter((name) => name in kept)
    .flatMap((name) => section(name, kept[name]));
  return `${[
    '# How fast it is',
    'Made by `npm run bench -- NAME --keep` from [what is kept](../test/bench/bench.json). Every figure is a ratio of two sides that ran in turns on one machine, so that it holds on another one too: the median of several runs, and their spread. `npm run bench -- NAME --check` compares a new run with it and fails where a ratio is more than 15 % worse.',
    ...parts,
  ].join('\n\n')}\n`;
}

function section(name: string, bench: Kept[string] | undefined): string[] {
  if (bench === undefined) return [];
  const { measuredOn, machine, runs, pairs, ratios } = bench;
  return [
    `## ${name}`,
    WHY[name] ?? '',
    `\`npm run bench -- ${name}\`: ${count(runs, 'run')} of ${count(pairs, 'pair')} on ${measuredOn}, ${machine}.`,
    ['| | Ratio | Spread | Bound | |', '|---|---|---|---|---|', ...ratios.map(row)].join('\n'),
    ...(NOTES[name] ?? []),
  ];
}

const row = (ratio: Ratio): string => {
  const { what, median, least, most, atLeast, atMost } = ratio;
  const bounds = `at least ${digits(atLeast)}${atMost === undefined ? '' : `, at most ${digits(atMost)}`}`;
  return `| ${what} | ${digits(median)} | ${digits(least)} to ${digits(most)} | ${bounds} | ${isKept(ratio) ? 'kept' : 'not kept'} |`;
};

const digits = (ratio: number): string => ratio.toFixed(2);

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
