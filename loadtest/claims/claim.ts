import type { Claim, Phase, Results } from '../results.ts';

export type Measurements = Pick<Results, 'settings' | 'phases'>;
export type Check = Claim['checks'][number];
export type LoadFigures = NonNullable<Phase['summary']['load']>;

/** A claim before it is judged: what the document says, and how to judge it from a run. */
export interface ClaimRule {
  id: number;
  document: string;
  formula: string;
  /** What makes it hold, said when it does. */
  mechanism: string;
  /** Why there may be nothing to judge. */
  unmeasured: string;
  checks(measurements: Measurements): Check[];
}

/** Holds when every check passes; without a check nothing was measured. */
export function judge(rule: ClaimRule, measurements: Measurements): Claim {
  const checks = rule.checks(measurements);
  const failed = checks.find(({ passed }) => !passed);
  return {
    ...textsOf(rule),
    shouldHold: true,
    expected: checks.map(({ what, expected }) => `${what}: ${expected}`).join('; '),
    measured: checks.map(({ what, measured }) => `${what}: ${measured}`).join('; '),
    verdict: checks.length === 0 ? 'not measured' : failed ? 'does not hold' : 'holds',
    why: checks.length === 0 ? rule.unmeasured : failed ? whyNot(failed) : rule.mechanism,
    checks,
  };
}

export const textsOf = ({
  id,
  document,
  formula,
}: ClaimRule): Pick<Claim, 'id' | 'document' | 'formula'> => ({ id, document, formula });

const whyNot = ({ what, expected, measured }: Check): string =>
  `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${measured} instead of ${expected}.`;

export const phaseOf = ({ phases }: Measurements, id: string): Phase | undefined =>
  phases.find((phase) => phase.id === id);

/** The loads of those of these phases that were run to their end. */
export const loadsOf = (
  measurements: Measurements,
  ids: string[],
): { phase: Phase; load: LoadFigures }[] =>
  ids.flatMap((id) => {
    const phase = phaseOf(measurements, id);
    return phase?.summary.load && phase.note === null ? [{ phase, load: phase.summary.load }] : [];
  });

interface Range {
  least?: number;
  most?: number;
  digits?: number;
  unit?: string;
}

/** A figure that has to lie in a range, its ends included. */
export function inRange(
  what: string,
  value: number | null,
  { least = -Infinity, most = Infinity, digits = 1, unit = '' }: Range,
): Check {
  const show = (figure: number) => `${figure.toFixed(digits)}${unit}`;
  const expected =
    least === -Infinity
      ? `at most ${show(most)}`
      : most === Infinity
        ? `at least ${show(least)}`
        : least === most
          ? show(least)
          : `${show(least)} to ${show(most)}`;
  return {
    what,
    expected,
    measured: value === null ? 'no figure' : show(value),
    passed: value !== null && value >= least && value <= most,
  };
}

export const around = (middle: number, share: number): { least: number; most: number } => ({
  least: middle * (1 - share),
  most: middle * (1 + share),
});
