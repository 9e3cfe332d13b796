import { type Bench, type BenchResult, medianOf, ratioOf } from './benchResult.ts';
import type { WarmAnswers } from './functionHost.ts';
import { FunctionProcess } from './functionProcess.ts';
import { type Subjects, withSubjects } from './subjects.ts';

/** The compiler has seen the hot paths by then. */
const WARM_UP = 1_500;
const SLICES_PER_PAIR = 25;
const REQUESTS_PER_SLICE = 40;
/** Ours takes at most so much of what the bare handler takes. */
const MOST_OF_BARE = 1.15;

/** What validation, idempotency, logs and metrics of an order cost above the calls of AWS that it takes. */
export const warm: Bench = {
  about: 'time and CPU of POST /orders/async in a warm environment: a bare handler / ours',
  run: (pairs, onProgress) =>
    withSubjects(onProgress, (subjects) => runWarm(subjects, pairs, onProgress)),
};

async function runWarm(
  { bare, intake }: Subjects,
  pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const processes = { bare: new FunctionProcess(bare), ours: new FunctionProcess(intake) };
  try {
    for (const [name, subject] of Object.entries(processes)) {
      onProgress(`${WARM_UP} requests: ${name}`);
      await subject.first();
      await subject.more(WARM_UP);
    }
    const measured: Slice[][] = [];
    while (measured.length < pairs) {
      const slices = await measureSlices(processes);
      measured.push(slices);
      onProgress(`Pair ${measured.length} of ${pairs}: ${describe(slices)}`);
    }
    const ratio = (what: string, of: (answers: WarmAnswers) => number) => {
      const median = (side: keyof Slice) =>
        medianOf(measured.flat().map((slice) => of(slice[side]))).toFixed(2);
      return ratioOf(
        `${what} of orderAsync, the bare handler (${median('ours')} and ${median('bare')} ms)`,
        measured.map((slices) => medianOf(slices.map(({ bare, ours }) => of(bare) / of(ours)))),
        1 / MOST_OF_BARE,
      );
    };
    return {
      name: 'warm',
      pairs,
      ratios: [
        ratio('the time', ({ msEach }) => msEach),
        ratio('the CPU', ({ cpuMsEach }) => cpuMsEach),
      ],
    };
  } finally {
    for (const subject of Object.values(processes)) await subject.stop();
  }
}

type Slice = Record<'bare' | 'ours', WarmAnswers>;

/** In turns: what a neighbour takes away meanwhile, it takes from both. */
async function measureSlices({ bare, ours }: Record<'bare' | 'ours', FunctionProcess>) {
  const slices: Slice[] = [];
  while (slices.length < SLICES_PER_PAIR)
    slices.push({
      bare: await bare.more(REQUESTS_PER_SLICE),
      ours: await ours.more(REQUESTS_PER_SLICE),
    });
  return slices;
}

const describe = (slices: Slice[]): string =>
  (['ours', 'bare'] as const)
    .map((name) => {
      const median = (of: (answers: WarmAnswers) => number) =>
        medianOf(slices.map((slice) => of(slice[name]))).toFixed(2);
      return `${name} ${median(({ msEach }) => msEach)} ms (${median(({ cpuMsEach }) => cpuMsEach)} of CPU)`;
    })
    .join(', ');
