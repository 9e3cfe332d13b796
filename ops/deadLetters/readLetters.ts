import type { Stage } from '../stage.ts';
import type { DeadLetter } from './deadLetter.ts';
import { type DeadLetterQueue, deadLetterQueues, longestHoldMs } from './deadLetterQueue.ts';
import { type JudgedLetter, judgeLetters } from './judgedLetter.ts';

export interface ReadOptions {
  /** Waits for those that another run holds, which may have been killed. */
  waitsForOthers?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((text: string) => void) | undefined;
}

export interface LettersRead {
  letters: JudgedLetter[];
  /** How many could not be read, since somebody else has received them just now. */
  heldByOthers: number;
}

/** Reads both dead-letter queues, and leaves every message where it is. */
export async function readLetters(stage: Stage, options: ReadOptions = {}): Promise<LettersRead> {
  const read = await Promise.all(deadLetterQueues(stage).map((queue) => readQueue(queue, options)));
  return {
    letters: await judgeLetters(
      stage,
      read.flatMap(({ letters }) => letters),
    ),
    heldByOthers: read.reduce((sum, { heldByOthers }) => sum + heldByOthers, 0),
  };
}

async function readQueue(
  queue: DeadLetterQueue,
  { waitsForOthers = false, signal, onProgress = () => {} }: ReadOptions,
) {
  const letters: DeadLetter[] = [];
  const waitUntil = Date.now() + (waitsForOthers ? longestHoldMs() : 0);
  try {
    for (;;) {
      const found = await queue.receive(signal);
      letters.push(...found);
      onProgress(`${letters.length} read of ${queue.name}`);
      if (found.length > 0) continue;
      const heldByOthers = await queue.heldByOthers();
      if (heldByOthers === 0 || Date.now() >= waitUntil) return { letters, heldByOthers };
      onProgress(`waiting for ${heldByOthers} that another run has received`);
    }
  } finally {
    await queue.release();
  }
}
