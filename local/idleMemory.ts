import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 4000;
const IDLE_BELOW = 0.01;
/** A tenth more than was left the last time, and enough to be worth the pause. */
const GROWN = 1.1;
const WORTH_BYTES = 4 * 1024 * 1024;

/**
 * Has this thread collect its garbage once it has nothing to do. V8 keeps what it has taken as long as a thread neither
 * works nor waits for memory: a service of a dozen threads would stay at its peak.
 */
export function giveMemoryBackWhenIdle(lookEveryMs = LOOK_EVERY_MS): void {
  const collectGarbage = collector();
  let leftBytes = 0;
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > IDLE_BELOW || heapBytes() < leftBytes * GROWN + WORTH_BYTES) return;
    collectGarbage();
    leftBytes = heapBytes();
  }, lookEveryMs).unref();
}

const heapBytes = () => getHeapStatistics().total_physical_size;

/**
 * As when memory runs out, which gives pages back. The name `gc` is in no context that is made later. Flags are the
 * process's: a thread that has just found its collector may take the name away before another has made its context.
 */
function collector(): () => void {
  let gc: ((how: object) => void) | undefined;
  while (!gc) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('globalThis.gc');
    setFlagsFromString('--no-expose-gc');
  }
  const found = gc;
  return () => found({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
