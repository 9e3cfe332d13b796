import path from 'node:path';
import type { FunctionModel } from '../../local/template/model.ts';
import { runNode } from '../e2e/child.ts';
import { createWorkspace } from '../support/workspace.ts';
import { type Bench, type BenchResult, ratioOf } from './benchResult.ts';
import { PLACE, unpackFunctions } from './packaged.ts';

const PAYMENT_MS = 3000;
/** 5 % of a payment, twice what the document says. */
const LEAST_RATIO = 20;
const START_WITHIN_MS = 30_000;

/** From the start of a process until it has loaded its handler: Node's own start is in it, as it is in Init Duration. */
const PROGRAM = `require(process.argv[1]); process.stdout.write(String(performance.now()));`;

/** The document's cold start of about 70 ms, for the zips that would be deployed, each time in a fresh process. */
export const coldStart: Bench = {
  about: 'a payment of 3 s / the cold start of each function in a fresh process of this machine',
  run: runColdStart,
};

async function runColdStart(
  pairs: number,
  onProgress: (text: string) => void,
): Promise<BenchResult> {
  const workspace = createWorkspace();
  try {
    onProgress('sls package');
    const functions = await unpackFunctions(workspace);
    const ratios: Record<string, number[]> = {};
    for (let pair = 0; pair <= pairs; pair += 1) {
      for (const { model, file } of functions) {
        const startMs = await coldStartMs(model, file);
        // The first round reads the files into the system's cache.
        if (pair > 0) ratios[model.key] = [...(ratios[model.key] ?? []), PAYMENT_MS / startMs];
      }
      if (pair > 0) onProgress(`Round ${pair} of ${pairs}`);
    }
    return {
      name: 'cold',
      pairs,
      ratios: Object.entries(ratios).map(([key, found]) =>
        ratioOf(`as long as a cold start of ${key}, a payment`, found, LEAST_RATIO),
      ),
    };
  } finally {
    workspace.remove();
  }
}

async function coldStartMs(model: FunctionModel, file: string): Promise<number> {
  const { status, stdout, output } = await runNode({
    args: ['--eval', PROGRAM, file],
    folder: path.dirname(file),
    environment: { AWS_REGION: PLACE.region, ...model.environment },
    limitMs: START_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`${model.key} does not start:\n${output}`);
  return Number(stdout);
}
