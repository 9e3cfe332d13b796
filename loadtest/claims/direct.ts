import type { Phase } from '../results.ts';
import { document } from '../running/phases.ts';
import { type Check, type ClaimRule, inRange, type LoadFigures, loadsOf } from './claim.ts';
import { intakeChecks } from './queue.ts';

export const direct: ClaimRule = {
  id: 7,
  document: 'SNS to Lambda: 100 % accepted',
  formula: '60/s x 3 s = 180 executions at a time',
  mechanism:
    'Lambda runs one execution for each order; reserved concurrency and the account quota cap it, and events wait meanwhile.',
  phases: ['6'],
  unmeasured: 'Phase 6 was not run.',
  checks: (run) =>
    loadsOf(run, ['6']).flatMap(({ load, phase }) => [
      ...intakeChecks(load, phase),
      ...concurrencyChecks(load, phase),
    ]),
};

/** By Little's law. Cold starts let it overshoot while the sale begins; at the cap, events wait instead. */
function concurrencyChecks(load: LoadFigures, { summary }: Phase): Check[] {
  const peak = summary.runtime?.peakConcurrency.topicProcessor;
  const isCapped = (summary.runtime?.throttles.topicProcessor ?? 0) > 0;
  if (peak === undefined || load.sentPerSecond === null || isCapped) return [];
  const least = 0.9 * load.sentPerSecond * document.paymentSeconds;
  return [inRange('most executions at a time', peak, { least, digits: 0 })];
}
