import type { Claim, Phase, Results } from '../../contracts/saleResults.ts';

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
  /** What it is judged from. */
  phases: string[];
  /** Why there is nothing to judge where these phases were not run. */
  unmeasured: string;
  checks(measurements: Measurements): Check[];
  /** What follows for Lambda, where the share of a core is that of the memory size. */
  onLambda?(measurements: Measurements): string[];
  /** What is said of it in another way than of all others. */
  conclude?(checks: Check[], measurements: Measurements): Partial<Claim>;
}

const UNJUDGED = 'Others use this machine too: a speed is shown here, not judged.';

/** Holds when every check passes; without a check nothing was measured. */
export function judge(rule: ClaimRule, measurements: Measurements): Claim {
  const { id, document, formula } = rule;
  const checks = rule.checks(measurements);
  const failures = checks.filter(({ passed }) => !passed);
  const failed = failures.find(({ isSpeed }) => !isSpeed) ?? failures[0];
  const isUnjudged = measurements.settings.sharedMachine && failed?.isSpeed === true;
  const why = failed ? whyNot(failed) : rule.mechanism;
  return {
    ...{ id, document, formula, shouldHold: !isUnjudged },
    expected: checks.map(({ what, expected }) => `${what}: ${expected}`).join('; '),
    measured: checks.map(({ what, measured }) => `${what}: ${measured}`).join('; '),
    verdict: checks.length === 0 ? 'not measured' : failed ? 'does not hold' : 'holds',
    why:
      checks.length === 0
        ? whyUnmeasured(rule, measurements)
        : [
            why,
            ...(isUnjudged ? [UNJUDGED] : []),
            ...notesOf(rule, measurements),
            ...(rule.onLambda?.(measurements) ?? []),
          ].join(' '),
    checks,
    ...rule.conclude?.(checks, measurements),
  };
}

/** The phases themselves say why they have no figures; one that is not there was not asked for. */
function whyUnmeasured(rule: ClaimRule, measurements: Measurements): string {
  return notesOf(rule, measurements).join(' ') || rule.unmeasured;
}

/** What is to be said of the phases whose figures do not count. */
const notesOf = ({ phases }: ClaimRule, measurements: Measurements): string[] =>
  phases.flatMap((id) => {
    const note = phaseOf(measurements, id)?.note;
    return note ? [`Phase ${id} was ${note.replace(/\.$/, '')}.`] : [];
  });

const whyNot = ({ what, expected, measured }: Check): string =>
  `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${measured} instead of ${expected}.`;

export const phaseOf = ({ phases }: Measurements, id: string): Phase | undefined =>
  phases.find((phase) => phase.id === id);

/** A phase that was run to its end: the figures of any other are not those that a claim is about. */
export function wholePhase(measurements: Measurements, id: string): Phase | undefined {
  const phase = phaseOf(measurements, id);
  return phase?.note === null ? phase : undefined;
}

/** The loads of those of these phases that were run to their end. */
export const loadsOf = (
  measurements: Measurements,
  ids: string[],
): { phase: Phase; load: LoadFigures }[] =>
  ids.flatMap((id) => {
    const phase = wholePhase(measurements, id);
    return phase?.summary.load ? [{ phase, load: phase.summary.load }] : [];
  });

interface Range {
  least?: number;
  most?: number;
  digits?: number;
  unit?: string;
  isSpeed?: boolean;
  /** What has to be known beside the figure; `what` is the same in every run, so that two can be compared. */
  beside?: string;
}

/** A figure that has to lie in a range, its ends included. */
export function inRange(
  what: string,
  value: number | null,
  {
    least = -Infinity,
    most = Infinity,
    digits = 1,
    unit = '',
    beside = '',
    isSpeed = false,
  }: Range,
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
    measured: value === null ? 'no figure' : `${show(value)}${beside}`,
    passed: value !== null && value >= least && value <= most,
    ...(isSpeed ? { isSpeed } : {}),
  };
}

/** A percentile says little without the longest and the number of all. */
export const ofAll = ({ count, max }: LoadFigures['settledLatency']): string =>
  `, max ${max?.toFixed(0) ?? '–'} ms of ${count}`;

export const around = (middle: number, share: number): { least: number; most: number } => ({
  least: middle * (1 - share),
  most: middle * (1 + share),
});
