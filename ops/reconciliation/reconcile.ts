import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { Audit, type BookSources, movingMessages, type Reconciliation } from './audit.ts';
import { bookReader } from './bookReader.ts';
import { readMessages, readTimes } from './messageReader.ts';

export type { Reconciliation } from './audit.ts';

export interface ReconcileOptions {
  /** Order ids that an independent list says were accepted. */
  accepted?: Iterable<string> | undefined;
  /** How long a moving system may take to settle. */
  waitSeconds?: number | undefined;
  onProgress?: ((text: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export const DEFAULT_WAIT_SECONDS = 60;

const PAUSE_MS = 500;

/** Compares orders, charges and messages of a stage by the three rules of the books. */
export async function reconcile(
  stage: Stage,
  options: ReconcileOptions = {},
): Promise<Reconciliation> {
  const sources: BookSources = {
    books: bookReader(stage),
    messages: () => readMessages(stage),
    ...(await readTimes(stage)),
    now: Date.now,
    pause: (signal) => sleep(PAUSE_MS, undefined, signal && { signal }),
  };
  return closeBooks(sources, options);
}

/** As `reconcile`, from any sources. */
export async function closeBooks(
  sources: BookSources,
  { accepted, waitSeconds = DEFAULT_WAIT_SECONDS, onProgress = () => {}, signal }: ReconcileOptions,
): Promise<Reconciliation> {
  const deadlineMs = sources.now() + waitSeconds * 1000;
  await untilQueuesRest(sources, deadlineMs, onProgress, signal);
  const audit = new Audit(sources, accepted);
  await audit.readAll((text) => {
    signal?.throwIfAborted();
    onProgress(text);
  });
  // What does not look right at first sight is read again before it is named: at once, and where a moment between two
  // writes looks the same, after the lease. At the deadline it is named as it stands.
  for (;;) {
    await audit.readOpenAgain();
    const open = audit.openBefore(deadlineMs);
    if (open === 0 || sources.now() >= deadlineMs) return audit.result();
    onProgress(`${open} orders are on their way, or read again`);
    await sources.pause(signal);
  }
}

async function untilQueuesRest(
  sources: BookSources,
  deadlineMs: number,
  progress: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const moving = movingMessages((await sources.messages()).counts);
    if (moving === 0 || sources.now() >= deadlineMs) return;
    progress(`${moving} messages on their way`);
    await sources.pause(signal);
  }
}
