import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { FunctionProcess, type Subject } from './functionProcess.ts';
import { type Subjects, withSubjects } from './subjects.ts';

const FRESH_PROCESSES_PER_PAIR = 7;
const LARGEST_ZIP_BYTES = 110_000;
/** Ours takes at most so much of the bare handler's time. */
const BOUNDS = { ofBare: 0.7, ofBareAsOurs: 1.1, healthOfBare: 0.15 };
const MEMORY_SIZES_MB = [128, 256, 512, 1024];

/** A first request in a fresh process, from before the bundle is loaded until it is answered. */
export const coldStart: Bench = {
  about: 'load and first answer of POST /orders/async in a fresh process: a bare handler / ours',
  run: (pairs, onProgress) =>
    withSubjects(onProgress, (subjects) => runColdStart(subjects, pairs, onProgress)),
};

type Measured = Record<'intake' | 'health' | 'bare' | 'bareAsOurs', number>;

async function runColdStart(
  subjects: Subjects,
  pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const rounds: Measured[] = [];
  let peakMb = 0;
  for (let pair = 0; pair <= pairs; pair += 1) {
    const { ms, peak } = await measureOnce(subjects);
    peakMb = Math.max(peakMb, peak);
    // The first round reads the files into the system's cache.
    if (pair === 0) continue;
    rounds.push(ms);
    onProgress(`Pair ${pair} of ${pairs}: ${describe(ms)}`);
  }
  const fits = MEMORY_SIZES_MB.find((memoryMb) => memoryMb > peakMb);
  onProgress(`orderAsync reached ${peakMb.toFixed()} MB and fits into ${fits} MB`);
  const times = (of: (ms: Measured) => number) => rounds.map(of);
  const largest = Math.max(...subjects.zips.map(({ bytes }) => bytes));
  return {
    name: 'cold',
    pairs,
    ratios: [
      ratioOf(
        'as long as orderAsync, a bare handler with the same two calls',
        times(({ bare, intake }) => bare / intake),
        1 / BOUNDS.ofBare,
      ),
      ratioOf(
        'as long as orderAsync, the bare handler with our build settings',
        times(({ bareAsOurs, intake }) => bareAsOurs / intake),
        1 / BOUNDS.ofBareAsOurs,
      ),
      ratioOf(
        'as long as health, the bare handler',
        times(({ bare, health }) => bare / health),
        1 / BOUNDS.healthOfBare,
      ),
      ratioOf('as large as the largest zip, 110 kB', [LARGEST_ZIP_BYTES / largest], 1),
    ],
  };
}

async function measureOnce(subjects: Subjects): Promise<{ ms: Measured; peak: number }> {
  const times: Record<keyof Measured, number[]> = {
    intake: [],
    health: [],
    bare: [],
    bareAsOurs: [],
  };
  let peak = 0;
  for (let round = 0; round < FRESH_PROCESSES_PER_PAIR; round += 1)
    for (const name of ['bare', 'intake', 'bareAsOurs', 'health'] as const) {
      const { ms, peakMb } = await firstAnswer(subjects[name]);
      times[name].push(ms);
      if (name === 'intake') peak = Math.max(peak, peakMb);
    }
  // What a neighbour takes away makes a start longer, never shorter.
  const least = Object.entries(times).map(([name, found]) => [name, Math.min(...found)]);
  return { ms: Object.fromEntries(least) as Measured, peak };
}

async function firstAnswer(subject: Subject) {
  const fresh = new FunctionProcess(subject);
  return fresh.first().finally(() => fresh.stop());
}

const describe = ({ intake, bare, bareAsOurs, health }: Measured): string =>
  `orderAsync ${intake.toFixed(1)} ms, bare ${bare.toFixed(1)}, bare as ours ${bareAsOurs.toFixed(1)}, health ${health.toFixed(1)}`;
