import { describe, expect, it } from '@jest/globals';
import { syntheticRun } from '../testing/syntheticRun.ts';
import { type PlannedFigure, planBeside } from './planBeside.ts';

const run = syntheticRun();
const phases = run.phases.filter(({ summary }) => summary.load !== null || summary.drain !== null);

/** Within a tenth, or, of the messages that wait, within 40. */
function expectNear({ label, planned, measured }: PlannedFigure): void {
  const room = Math.max((measured ?? 0) * 0.1, label.startsWith('peak') ? 40 : 2);
  expect({ label, isNear: Math.abs((planned ?? 0) - (measured ?? 0)) <= room }).toEqual({
    label,
    isNear: true,
  });
}

describe('what is planned for a phase', () => {
  it.each(phases.map((phase) => [phase.id, phase] as const))(
    'is near what a service by the formulas does: phase %s',
    async (_, phase) => {
      const figures = await planBeside(phase, run.settings);

      expect(figures.length).toBeGreaterThanOrEqual(2);
      for (const figure of figures) expectNear(figure);
    },
  );

  it('is not there for a service whose parameters are not known', async () => {
    const target = { kind: 'aws' as const, stage: 'prod', url: 'https://example.com' };

    for (const phase of phases)
      expect(await planBeside(phase, { ...run.settings, target })).toEqual([]);
  });
});
