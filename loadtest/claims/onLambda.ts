import type { Phase } from '../../contracts/saleResults.ts';
import { PHASE } from '../documentNumbers.ts';
import { type Measurements, wholePhase } from './claimRule.ts';

/** What the share of a core that comes with the memory size makes of a worker's invocations, from their CPU time. */
interface OnLambda {
  phase: Phase;
  /** How much longer they take, at most. */
  stretch: number;
  cpuMsPerOrder: number;
  /** What a worker carries at least. */
  ordersPerSecond: number;
}

/** From the backlog of full batches where it was drained, else from the sale; undefined where no CPU time was measured. */
export function onLambda(run: Measurements): OnLambda | undefined {
  for (const id of [PHASE.drain, PHASE.manyWorkers]) {
    const phase = wholePhase(run, id);
    const times = phase?.summary.runtime?.times.queueWorker;
    const orders = phase?.summary.completion?.count ?? 0;
    if (phase && times && orders > 0)
      return {
        phase,
        stretch: times.atMemoryMs / times.durationMs,
        cpuMsPerOrder: times.cpuMs / orders,
        ordersPerSecond: orders / (times.atMemoryMs / 1000),
      };
  }
  return undefined;
}
