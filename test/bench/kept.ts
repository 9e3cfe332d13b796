import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { ROOT } from '../support/workspace.ts';
import { type BenchResult, ratioOf } from './benchResult.ts';

/** What is kept are the medians of so many runs. */
export const KEPT_RUNS = 3;
const LEAST_OF_KEPT = 0.85;
const FILE = path.join(ROOT, 'test/bench/bench.json');

const ratioSchema = z.object({
  what: z.string(),
  ...{ median: z.number(), least: z.number(), most: z.number(), atLeast: z.number() },
  atMost: z.number().optional(),
});
const keptSchema = z.record(
  z.string(),
  z.object({
    ...{ measuredOn: z.string(), machine: z.string(), runs: z.number(), pairs: z.number() },
    ratios: z.array(ratioSchema),
  }),
);
/** By the name of the bench. */
export type Kept = z.infer<typeof keptSchema>;

export const readKept = (): Kept =>
  existsSync(FILE) ? keptSchema.parse(JSON.parse(readFileSync(FILE, 'utf8'))) : {};

/** Keeps the medians of several runs of a bench, or of the pairs of one, and returns them. */
export function keep(results: BenchResult[]): BenchResult {
  const [first] = results;
  if (first === undefined) throw new Error('nothing was run');
  const { name, pairs } = first;
  const ratios =
    results.length === 1
      ? first.ratios
      : first.ratios.map(({ what, atLeast, atMost }, index) => {
          const found = results.map(({ ratios }) => ratios[index]?.median ?? Number.NaN);
          return ratioOf(what, found, atLeast, atMost);
        });
  const kept = { ...readKept(), [name]: { ...madeOn(), runs: results.length, pairs, ratios } };
  writeFileSync(FILE, `${JSON.stringify(kept, null, 2)}\n`);
  return { name, pairs, ratios };
}

/** A line for each ratio that is clearly worse than the one that is kept, and for each that is not kept at all. */
export function worseThanKept({ name, ratios }: BenchResult, kept = readKept()): string[] {
  const before = kept[name]?.ratios ?? [];
  return ratios.flatMap(({ what, median }) => {
    const known = before.find((ratio) => stem(ratio.what) === stem(what));
    if (known === undefined)
      return [`${what}: nothing is kept to compare it with: npm run bench -- ${name} --keep`];
    return median >= known.median * LEAST_OF_KEPT
      ? []
      : [`${what}: ${median.toFixed(2)} x, and ${known.median.toFixed(2)} x is kept`];
  });
}

/** Without the figures of one run, which stand in brackets. */
const stem = (what: string): string => what.replaceAll(/ \([^)]*\)/g, '');

const madeOn = () => ({
  measuredOn: new Date().toISOString().slice(0, 10),
  machine: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`,
});
