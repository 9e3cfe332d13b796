import { closedLoop } from '../../common/statistics.ts';
import type { Phase } from '../../contracts/saleResults.ts';
import { DOCUMENT, PHASE } from '../documentNumbers.ts';
import {
  type Check,
  type ClaimRule,
  inRange,
  type LoadFigures,
  loadsOf,
  ofAll,
} from './claimRule.ts';

const { paymentSeconds, syncSlots } = DOCUMENT;
/** Above the payment itself: the way there and back, the writes, a machine that is shared. */
const LONGEST_PAYMENT_MS = 3500;
const REFUSAL_P95_MS = 500;

export const normalDay: ClaimRule = {
  id: 1,
  document: 'Sync, 5 users: 100 % succeed',
  formula: `${syncSlots} payment slots, ${paymentSeconds} s each`,
  mechanism: `There is a slot for each of the ${syncSlots} buyers.`,
  phases: [PHASE.normalDay],
  unmeasured: 'Phase 1a was not run.',
  checks: (run) =>
    loadsOf(run, [PHASE.normalDay]).flatMap(({ load }) => [
      inRange('orders paid', servedPercent(load), { least: 100, most: 100, unit: ' %' }),
    ]),
};

export const flashSale: ClaimRule = {
  id: 2,
  document: 'Sync, 20 users: about 20 % succeed, 3+ s',
  formula: `the slots serve at most ${syncSlots}/${paymentSeconds} = 1.67 orders/s; who finds none free is refused at once (Engset's formula)`,
  mechanism:
    'The slots serve as many as they can whatever the crowd; the rest is refused at once and tries again after 1 to 3 s.',
  phases: [PHASE.flashSale],
  unmeasured: 'Phase 1b was not run.',
  checks: (run) =>
    loadsOf(run, [PHASE.flashSale]).flatMap(({ load, phase }) => [
      ...slotChecks(phase),
      ...flashSaleChecks(load, phase.plannedSeconds, run.settings.quick),
    ]),
};

/** Lambda itself says how many payments it took at a time. */
function slotChecks({ summary }: Phase): Check[] {
  const slots = summary.runtime?.peakConcurrency.orderSync;
  return slots === undefined
    ? []
    : [inRange('most payments at a time', slots, { most: syncSlots, digits: 0 })];
}

/**
 * Engset's formula holds for an endless run. A window counts fewer orders: the first is answered when the first payment
 * ends. For 20 buyers the ranges are 18-23 % (quick: 16-23 %) and, in 60 s, 84-96 orders.
 */
function flashSaleChecks(load: LoadFigures, seconds: number, quick: boolean): Check[] {
  const { servedShare, servedPerSecond } = closedLoop(load.users, syncSlots, paymentSeconds, 2);
  const orders = servedPerSecond * (seconds - paymentSeconds);
  const share = {
    least: servedShare * 100 * (quick ? 0.766 : 0.861),
    most: servedShare * 100 * 1.1,
  };
  const count = quick ? [0.85, 1.15] : [0.926, 1.059];
  return [
    inRange('share paid', servedPercent(load), { ...share, unit: ' %' }),
    inRange(`orders paid in ${seconds} s`, load.accepted, {
      least: Math.round(orders * (count[0] ?? 0)),
      most: Math.round(orders * (count[1] ?? 0)),
      digits: 0,
    }),
    inRange('quickest paid order', load.acceptedLatency.min, {
      least: paymentSeconds * 1000,
      digits: 0,
      unit: ' ms',
    }),
    inRange('slowest paid order', load.acceptedLatency.max, {
      most: LONGEST_PAYMENT_MS,
      digits: 0,
      unit: ' ms',
      isSpeed: true,
    }),
    ...(load.refused > 0
      ? [
          inRange('refusal, p95', load.refusedLatency.p95, {
            most: REFUSAL_P95_MS,
            digits: 0,
            unit: ' ms',
            beside: ofAll(load.refusedLatency),
            isSpeed: true,
          }),
        ]
      : []),
  ];
}

const servedPercent = ({ accepted, answered }: LoadFigures): number | null =>
  answered === 0 ? null : (accepted / answered) * 100;
