import { LocalService } from '../../ops/localServiceProcess.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { type Bench, type BenchOptions, type BenchResult, ratioOf } from './benchResult.ts';
import { checkoutOf } from './checkout.ts';
import { untilAccepted } from './saturation.ts';

/** On a quiet machine. */
const SERVES_WITHIN_MS = 2_000;
/** Of the other checkout's time. */
const MOST_OF_OTHER = 0.8;

/** `sls local` on a tree that is built, until the first order is taken. */
export const start: Bench = {
  about: 'npm start until the first 202, against 2 s and against another checkout (--against)',
  run: runStart,
};

async function runStart(
  pairs: number,
  onProgress: (text: string) => void,
  { against }: BenchOptions = {},
): Promise<BenchResult> {
  const ours = createWorkspace();
  const other = against === undefined ? undefined : createWorkspace([], checkoutOf(against));
  try {
    const times: number[] = [];
    const ratios: number[] = [];
    for (let pair = 0; pair <= pairs; pair += 1) {
      const oursMs = await startMs(ours);
      const otherMs = other && (await startMs(other));
      // The first pair fills the system's cache of files.
      if (pair === 0) continue;
      times.push(SERVES_WITHIN_MS / oursMs);
      if (otherMs !== undefined) ratios.push(otherMs / oursMs);
      onProgress(`Pair ${pair} of ${pairs}: ${describe(oursMs, otherMs)}`);
    }
    return {
      name: 'start',
      pairs,
      ratios: [
        ratioOf('as long as a start, 2 s', times, 1),
        ...(other === undefined
          ? []
          : [ratioOf(`as long as a start, one of ${against}`, ratios, 1 / MOST_OF_OTHER)]),
      ],
    };
  } finally {
    ours.remove();
    other?.remove();
  }
}

async function startMs({ folder, temporary }: Workspace): Promise<number> {
  const service = new LocalService({ folder, environment: { TMPDIR: temporary } });
  try {
    const startedAt = performance.now();
    const { api } = await service.start();
    await untilAccepted(`${api}/orders/async`);
    return performance.now() - startedAt;
  } finally {
    await service.remove();
  }
}

const describe = (oursMs: number, otherMs: number | undefined): string =>
  `${(oursMs / 1000).toFixed(2)} s${otherMs === undefined ? '' : `, the other ${(otherMs / 1000).toFixed(2)} s`}`;
