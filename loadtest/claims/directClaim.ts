import type { Phase } from '../../contracts/saleResults.ts';
import { DOCUMENT, PHASE } from '../documentNumbers.ts';
import { type Check, type ClaimRule, inRange, type LoadFigures, loadsOf } from './claimRule.ts';
import { intakeChecks } from './queueClaims.ts';

export const direct: ClaimRule = {
  id: 7,
  document: 'SNS to Lambda: 100 % accepted',
  formula: '60/s x 3 s = 180 executions at a time',
  mechanism:
    'Lambda runs one execution for each order; reserved concurrency and the account quota cap it, and events wait meanwhile.',
  phases: [PHASE.direct],
  unmeasured: 'Phase 6 was not run.',
  checks: (run) =>
    loadsOf(run, [PHASE.direct]).flatMap(({ load, phase }) => [
      ...intakeChecks(load, phase),
      ...concurrencyChecks(load, phase),
    ]),
};

/** By Little's law. Cold starts let it overshoot while the sale begins; at the cap, events wait instead. */
function concurrencyChecks(load: LoadFigures, { summary }: Phase): Check[] {
  const peak = summary.runtime?.peakConcurrency.topicProcessor;
  const isCapped = (summary.runtime?.throttles.topicProcessor ?? 0) > 0;
  if (peak === undefined || load.sentPerSecond === null || isCapped) return [];
  const least = 0.9 * load.sentPerSecond * DOCUMENT.paymentSeconds;
  return [inRange('most executions at a time', peak, { least, digits: 0 })];
}
