import { PHASE } from '../documentNumbers.ts';
import { type Check, type ClaimRule, inRange, wholePhase } from './claimRule.ts';

const REFUSED_P95_MS = 500;

/** Of our own: judged where a run had a stock to sell. */
export const soldOnce: ClaimRule = {
  id: 11,
  document: 'A stock is sold once: no crowd buys more than there is',
  formula: 'sold + free = stock, and each unit has one buyer',
  mechanism: 'A unit is claimed for one order by a conditional write before the order is taken.',
  phases: [PHASE.stock],
  unmeasured: 'Phase 7 was not run: --stock N adds it.',
  checks: (run) => {
    const phase = wholePhase(run, PHASE.stock);
    const stock = phase?.summary.stock;
    if (!phase || !stock) return [];
    const { units, sold, held, free, soldOutAfterSeconds, refused } = stock;
    // A crowd that had not bought all of it by the end was too slow, whatever became of what it bought.
    const isSpeed = free > 0;
    const exactly = (what: string, value: number, expected: number): Check =>
      inRange(what, value, { least: expected, most: expected, digits: 0 });
    return [
      exactly('units sold, held and free together', sold + held + free, units),
      exactly('units oversold', Math.max(0, sold + held - units), 0),
      {
        ...exactly('units sold', sold, units),
        measured: `${sold}, ${held} held and ${free} free of ${units}`,
        isSpeed,
      },
      inRange('first unit to last unit', soldOutAfterSeconds, {
        ...{ most: phase.plannedSeconds, unit: ' s', isSpeed: true },
      }),
      inRange('buyers refused, and told so', refused, { least: 1, digits: 0, isSpeed }),
      inRange('p95 of the refusals', phase.summary.load?.refusedLatency.p95 ?? null, {
        ...{ most: REFUSED_P95_MS, digits: 0, unit: ' ms', isSpeed: true },
      }),
    ];
  },
};
