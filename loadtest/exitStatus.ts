import { metricFaults } from './metricsCheck.ts';
import type { Claim, Results } from './results.ts';

/** Claims whose failure the exit status tells. */
export const failedClaims = (claims: Claim[]): Claim[] =>
  claims.filter(({ shouldHold, verdict }) => shouldHold && verdict === 'does not hold');

/** A run that broke says nothing of claims; open books weigh more than a claim, or metrics that differ from them. */
export function exitStatus({
  broken,
  phases,
  claims,
  metrics,
}: Pick<Results, 'broken' | 'phases' | 'claims' | 'metrics'>): number {
  if (broken !== null) return 2;
  if (phases.some(({ books }) => books?.closed === false)) return 3;
  return failedClaims(claims).length > 0 || (metrics && metricFaults(metrics).length > 0) ? 1 : 0;
}
