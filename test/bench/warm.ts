import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import type { WarmAnswers } from './functionHost.ts';
import { FunctionProcess } from './functionProcess.ts';
import { type Subjects, withSubjects } from './subjects.ts';

/** The compiler has seen the hot paths by then. */
const WARM_UP = 1_500;
const SLICES_PER_PAIR = 5;
const REQUESTS_PER_SLICE = 200;
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
    const times: number[] = [];
    const cpu: number[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const { bare, ours } = await measurePair(processes);
      times.push(bare.msEach / ours.msEach);
      cpu.push(bare.cpuMsEach / ours.cpuMsEach);
      onProgress(`Pair ${pair} of ${pairs}: ours ${describe(ours)}, bare ${describe(bare)}`);
    }
    return {
      name: 'warm',
      pairs,
      ratios: [
        ratioOf('the time of orderAsync, the bare handler', times, 1 / MOST_OF_BARE),
        ratioOf('the CPU of orderAsync, the bare handler', cpu, 1 / MOST_OF_BARE),
      ],
    };
  } finally {
    for (const subject of Object.values(processes)) await subject.stop();
  }
}

/** In turns, so that both meet the same neighbours; the least of each, since a neighbour only ever adds. */
async function measurePair({ bare, ours }: Record<'bare' | 'ours', FunctionProcess>) {
  const found = { bare: [] as WarmAnswers[], ours: [] as WarmAnswers[] };
  for (let slice = 0; slice < SLICES_PER_PAIR; slice += 1) {
    found.bare.push(await bare.more(REQUESTS_PER_SLICE));
    found.ours.push(await ours.more(REQUESTS_PER_SLICE));
  }
  return { bare: least(found.bare), ours: least(found.ours) };
}

const least = (answers: WarmAnswers[]): WarmAnswers => ({
  msEach: Math.min(...answers.map(({ msEach }) => msEach)),
  cpuMsEach: Math.min(...answers.map(({ cpuMsEach }) => cpuMsEach)),
});

const describe = ({ msEach, cpuMsEach }: WarmAnswers): string =>
  `${msEach.toFixed(2)} ms (${cpuMsEach.toFixed(2)} of CPU)`;
