import path from 'node:path';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { readMoments, tellingMoments } from '../support/moments.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import {
  type Bench,
  type BenchOptions,
  type BenchResult,
  medianOf,
  ratioOf,
} from './benchResult.ts';
import { checkoutOf } from './checkout.ts';
import { untilAccepted } from './saturation.ts';

/** On a quiet machine. */
const SERVES_WITHIN_MS = 2_000;
/** Of the other checkout's time. */
const MOST_OF_OTHER = 0.8;
/** A start by the parts that begin after each other. */
const PARTS = [
  { what: 'Node and the framework', until: 'packaging' },
  { what: 'packaging, beside the emulators', until: 'provisioning' },
  { what: 'tables, topic and queues', until: 'Lambda' },
  { what: 'all other parts', until: 'ready' },
  { what: 'the first order', until: 'accepted' },
];

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
    const parts: number[][] = [];
    const ratios: number[] = [];
    for (let pair = 0; pair <= pairs; pair += 1) {
      const oursMs = await startMs(ours);
      const otherMs = other && (await startMs(other));
      // The first pair fills the system's cache of files.
      if (pair === 0) continue;
      times.push(SERVES_WITHIN_MS / oursMs);
      if (otherMs !== undefined) ratios.push(otherMs / oursMs);
      parts.push(await partsMs(ours));
      onProgress(`Pair ${pair} of ${pairs}: ${describe(oursMs, otherMs)}`);
    }
    const account = describeParts(parts);
    onProgress(`By part: ${account}`);
    return {
      name: 'start',
      pairs,
      ratios: [
        ratioOf(`as long as a start, 2 s (${account})`, times, 1),
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

async function startMs(workspace: Workspace): Promise<number> {
  const { startedAt, acceptedAt } = await startOnce(workspace);
  return acceptedAt - startedAt;
}

/** Of a start of its own, since telling them takes time as well. */
async function partsMs(workspace: Workspace): Promise<number[]> {
  const file = path.join(workspace.folder, '.moments');
  const { startedAt, readyAt, acceptedAt } = await startOnce(workspace, tellingMoments(file));
  const began = new Map<string, number>([
    ...readMoments(file).map(([atMs, name]) => [name, atMs] as const),
    ['ready', readyAt],
    ['accepted', acceptedAt],
  ]);
  const ends = PARTS.map(({ until }) => began.get(until) ?? Number.NaN);
  return ends.map((end, index) => end - (ends[index - 1] ?? startedAt));
}

async function startOnce({ folder, temporary }: Workspace, more: Record<string, string> = {}) {
  const service = new LocalService({ folder, environment: { TMPDIR: temporary, ...more } });
  try {
    const startedAt = Date.now();
    const { api } = await service.start();
    const readyAt = Date.now();
    await untilAccepted(`${api}/orders/async`);
    return { startedAt, readyAt, acceptedAt: Date.now() };
  } finally {
    await service.remove();
  }
}

const describeParts = (starts: number[][]): string =>
  PARTS.map(({ what }, index) => {
    const ms = medianOf(starts.map((parts) => parts[index] ?? Number.NaN));
    return `${what} ${ms.toFixed()} ms`;
  }).join(', ');

const describe = (oursMs: number, otherMs: number | undefined): string =>
  `${(oursMs / 1000).toFixed(2)} s${otherMs === undefined ? '' : `, the other ${(otherMs / 1000).toFixed(2)} s`}`;
