import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runProgram } from '../support/program.ts';
import { ROOT } from '../support/workspace.ts';
import { type Bench, type BenchResult, describeResult, isKept } from './benchResult.ts';
import { coldStart } from './coldStart.ts';
import { cost } from './cost.ts';
import { cpu } from './cpu.ts';
import { direct } from './direct.ts';
import { intake } from './intake.ts';
import { KEPT_RUNS, keep, readKept, worseThanKept } from './kept.ts';
import { describeLeftOpen, runLeftOpen } from './leftOpen.ts';
import { longSale } from './longSale.ts';
import { performanceDocument } from './performanceDocument.ts';
import { start } from './start.ts';
import { stock } from './stock.ts';
import { warm } from './warm.ts';
import { consolePage } from './watchedConsole.ts';
import { workers } from './workers.ts';

const BENCHES: Record<string, Bench> = {
  intake,
  direct,
  console: consolePage,
  cold: coldStart,
  warm,
  start,
  workers,
  cost,
  cpu,
  stock,
  long: longSale,
};

const DOCUMENT = path.join(ROOT, 'docs/performance.md');
const USUAL_PAIRS = 3;
/** A few percent show only over more of them; and MiniStack's saturation differs from run to run. */
const MORE_PAIRS = new Map([
  [consolePage, 5],
  [intake, 5],
]);

const HELP = `Speed as ratios: both sides interleaved in one run on one machine, medians of pairs.

  npm run bench                       lists the benches
  npm run bench -- intake             three pairs
  npm run bench -- console --json     five pairs
  npm run bench -- console --minutes 15
                                      a page left open under load, what it and the service keep at 5, 10 and 15 min
  npm run bench -- cpu --against ../before
                                      the same in another checkout, with its packages, of this project
  npm run bench -- long --orders 30000
                                      fewer than an hour's
  npm run bench -- cold --keep        three runs, whose medians are kept: in test/bench/bench.json, and in docs/performance.md
  npm run bench -- cold --check       fails as well where a ratio is more than 15 % worse than the one that is kept,
                                      and where what is kept was changed by hand

Exit: 0 every ratio keeps its bound, 1 one does not, 2 a side could not be run.`;

const tell = (text: string) => process.stderr.write(`${text}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean' },
      pairs: { type: 'string' },
      minutes: { type: 'string' },
      against: { type: 'string' },
      orders: { type: 'string' },
      keep: { type: 'boolean' },
      check: { type: 'boolean' },
    },
  });
  const [name] = positionals;
  if (values.help || name === undefined) {
    print(values.help ? HELP : list());
    return 0;
  }
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`bench: must be one of\n${list()}\ngot ${JSON.stringify(name)}`);
  if (values.minutes !== undefined) return leftOpen(name, values.minutes, values.json ?? false);
  if (values.against !== undefined && ![cpu, intake, start].includes(bench))
    throw new Error('--against: only cpu, intake and start are measured against another checkout');
  if (values.orders !== undefined && bench !== longSale)
    throw new Error('--orders: only the long sale takes a number of them');
  const pairs = readPairs(values.pairs ?? String(MORE_PAIRS.get(bench) ?? USUAL_PAIRS));
  const run = () =>
    bench.run(pairs, tell, { against: values.against, orders: readOrders(values.orders) });
  const result = values.keep
    ? await runAndKeep(run, bench.arePairsRuns ? 1 : KEPT_RUNS)
    : await run();
  print(values.json ? JSON.stringify(result) : describeResult(result));
  const worse = values.check ? [...worseThanKept(result), ...changedByHand()] : [];
  for (const line of worse) print(line);
  return result.ratios.every(isKept) && worse.length === 0 ? 0 : 1;
}

async function runAndKeep(run: () => Promise<BenchResult>, runs: number): Promise<BenchResult> {
  const results: BenchResult[] = [];
  while (results.length < runs) {
    tell(`Run ${results.length + 1} of ${runs}`);
    results.push(await run());
  }
  const kept = keep(results);
  writeFileSync(DOCUMENT, performanceDocument(readKept()));
  return kept;
}

/** Kept ratios that are not those of the document were not measured. */
function changedByHand(kept = readKept()): string[] {
  if (readFileSync(DOCUMENT, 'utf8') === performanceDocument(kept)) return [];
  return [
    'docs/performance.md is not what test/bench/bench.json comes to: npm run bench -- NAME --keep',
  ];
}

async function leftOpen(name: string, text: string, isJson: boolean): Promise<number> {
  if (name !== 'console') throw new Error('--minutes: only the console is left open');
  const result = await runLeftOpen(readMinutes(text), tell);
  print(isJson ? JSON.stringify(result) : describeLeftOpen(result));
  return result.ratios.every(isKept) ? 0 : 1;
}

const list = () =>
  Object.entries(BENCHES)
    .map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
    .join('\n');

function readPairs(text: string): number {
  const pairs = Number(text);
  if (Number.isInteger(pairs) && pairs >= 3 && pairs <= 9) return pairs;
  throw new Error(`--pairs: must be a whole number from 3 to 9, got ${JSON.stringify(text)}`);
}

function readOrders(text: string | undefined): number | undefined {
  const orders = Number(text);
  if (text === undefined) return undefined;
  if (Number.isInteger(orders) && orders >= 1000 && orders % 10 === 0) return orders;
  throw new Error(`--orders: must be tens, at least 1000, got ${JSON.stringify(text)}`);
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 60) return minutes;
  throw new Error(`--minutes: must be a whole number from 1 to 60, got ${JSON.stringify(text)}`);
}

await runProgram(main);
