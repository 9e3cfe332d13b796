import { bytesByPackage } from './bare/bundle.ts';
import { type Bench, type BenchResult, medianOf, ratioOf } from './benchResult.ts';
import { ColdFunctions, firstAnswer, memory } from './coldFunctions.ts';
import { type Subjects, withSubjects } from './subjects.ts';

const ROUNDS_PER_PAIR = 15;
const LARGEST_ZIP_BYTES = 110_000;
/** Ours takes at most so much of the bare handler's time. */
const BOUNDS = { ofBare: 0.7, ofBareAsOurs: 1.1, healthOfBare: 0.15 };
/** Of the largest bundle. */
const PACKAGES_TOLD = 6;

/** A first request in a fresh process, from before the bundle is loaded until it is answered. */
export const coldStart: Bench = {
  about: 'load and first answer of each function in a fresh process: a bare handler / ours',
  run: (pairs, onProgress) =>
    withSubjects(onProgress, (subjects) => runColdStart(subjects, pairs, onProgress)),
};

const NAMES = ['bare', 'intake', 'bareAsOurs', 'health'] as const;
type Round = Record<(typeof NAMES)[number], number>;

async function runColdStart(
  subjects: Subjects,
  pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const measured: Round[][] = [];
  let peakMb = 0;
  const others = await ColdFunctions.of(subjects.served, subjects.folder);
  // The first round reads the files into the system's cache.
  await measureRound(subjects);
  while (measured.length < pairs) {
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS_PER_PAIR) {
      const { ms, peak } = await measureRound(subjects);
      peakMb = Math.max(peakMb, peak);
      rounds.push(ms);
    }
    measured.push(rounds);
    await others.measurePair();
    onProgress(`Pair ${measured.length} of ${pairs}: ${describe(rounds)}`);
  }
  const ratios = (of: (ms: Round) => number) => measured.map((rounds) => medianOf(rounds.map(of)));
  const zip = await describeLargest(subjects.zips);
  return {
    name: 'cold',
    pairs,
    ratios: [
      ratioOf(
        `as long as orderAsync, a bare handler with the same two calls (${memory(peakMb)})`,
        ratios(({ bare, intake }) => bare / intake),
        1 / BOUNDS.ofBare,
      ),
      ratioOf(
        'as long as orderAsync, the bare handler with our build settings',
        ratios(({ bareAsOurs, intake }) => bareAsOurs / intake),
        1 / BOUNDS.ofBareAsOurs,
      ),
      ratioOf(
        'as long as health, the bare handler',
        ratios(({ bare, health }) => bare / health),
        1 / BOUNDS.healthOfBare,
      ),
      ratioOf(
        `as large as the largest zip, 110 kB (${zip.text})`,
        [LARGEST_ZIP_BYTES / zip.bytes],
        1,
      ),
      ...others.ratios,
    ],
  };
}

async function describeLargest(zips: Subjects['zips']): Promise<{ bytes: number; text: string }> {
  const { key, bytes } = zips.reduce((most, zip) => (zip.bytes > most.bytes ? zip : most));
  const packages = await bytesByPackage(key);
  const whole = packages.reduce((sum, [, of]) => sum + of, 0);
  const shares = packages
    .slice(0, PACKAGES_TOLD)
    .map(([name, of]) => `${name} ${((of / whole) * 100).toFixed()} %`);
  return { bytes, text: `${key}, ${(bytes / 1000).toFixed(1)} kB: ${shares.join(', ')}` };
}

/** A fresh process of each subject, one right after another: what a neighbour takes away, it takes from all of them. */
async function measureRound(subjects: Subjects): Promise<{ ms: Round; peak: number }> {
  const ms: Partial<Round> = {};
  let peak = 0;
  for (const name of NAMES) {
    const answer = await firstAnswer(subjects[name]);
    ms[name] = answer.ms;
    if (name === 'intake') peak = answer.peakMb;
  }
  return { ms: ms as Round, peak };
}

const SUBJECT = {
  intake: 'orderAsync',
  bare: 'bare',
  bareAsOurs: 'bare as ours',
  health: 'health',
} satisfies Record<keyof Round, string>;

const describe = (rounds: Round[]): string =>
  NAMES.map((name) => {
    const ms = medianOf(rounds.map((round) => round[name]));
    return `${SUBJECT[name]} ${ms.toFixed(1)} ms`;
  }).join(', ');
