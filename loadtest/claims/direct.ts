import { document } from '../phases.ts';
import type { Phase } from '../results.ts';
import { around, type Check, type ClaimRule, inRange, type LoadFigures, loadsOf } from './claim.ts';
import { intakeChecks } from './queue.ts';

export const direct: ClaimRule = {
  id: 7,
  document: 'SNS to Lambda: 100 % accepted',
  formula: '60/s x 3 s = 180 executions at a time',
  mechanism:
    'Lambda runs one execution for each order; reserved concurrency and the account quota cap it, and events wait meanwhile.',
  unmeasured: 'Phase 6 was not run.',
  checks: (run) =>
    loadsOf(run, ['6']).flatMap(({ load, phase }) => [
      ...intakeChecks(load, phase),
      ...concurrencyChecks(load, phase),
    ]),
};

/** Executions at a time follow from Little's law; a peak lies a little above the mean. */
function concurrencyChecks(load: LoadFigures, phase: Phase): Check[] {
  const peak = phase.summary.runtime?.peakConcurrency.topicProcessor;
  if (peak === undefined || load.sentPerSecond === null) return [];
  const expected = load.sentPerSecond * document.paymentSeconds;
  return [inRange('most executions at a time', peak, { ...around(expected, 0.2), digits: 0 })];
}
