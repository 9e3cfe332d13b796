import type { ByWay } from '../../contracts/orderSample.ts';

export const OUTLOOKS = [
  'idle',
  'keeping up',
  'draining',
  'falling behind',
  'charges stopped',
] as const;
export type Outlook = (typeof OUTLOOKS)[number];

interface Standing {
  breaker: { state: 'open' | 'closed' } | null;
  queue: { waiting: number; in_flight: number };
  rates: { accepted: ByWay } | null;
  workers: { maximum: number | null; batch_size: number };
  drained_in_seconds: number | null;
}

/** Whether a stage keeps up, in a word. */
export function outlookOf(standing: Standing): Outlook {
  const { breaker, queue, rates, workers, drained_in_seconds: drained } = standing;
  if (breaker?.state === 'open') return 'charges stopped';
  const { sync = 0, queued = 0, direct = 0 } = rates?.accepted ?? {};
  if (queue.waiting + queue.in_flight === 0 && sync + queued + direct === 0) return 'idle';
  // What waits while every worker has its batch waits for the next one.
  const inHand = (workers.maximum ?? Number.POSITIVE_INFINITY) * workers.batch_size;
  if (queue.waiting === 0 || (queue.waiting <= inHand && queued > 0)) return 'keeping up';
  return drained === null ? 'falling behind' : 'draining';
}
