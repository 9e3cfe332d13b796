import type { Claim, Results } from '../../contracts/saleResults.ts';
import { metricFaults } from '../measuring/metricsCheck.ts';

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

/** What the exit status says, in sentences. */
export function outcomeOf(
  results: Pick<Results, 'broken' | 'phases' | 'claims' | 'metrics'>,
): string {
  if (exitStatus(results) === 0) return 'All measured claims hold.';
  const { broken, phases, claims, metrics } = results;
  const open = phases.filter(({ books }) => books?.closed === false).map(({ id }) => id);
  const failed = failedClaims(claims).map(({ id }) => id);
  return [
    broken && `The run broke in phase ${broken.phase}: ${broken.reason.split('\n')[0]}`,
    open.length > 0 && `The books do not close after phase ${open.join(', ')}.`,
    failed.length > 0 && `Claims that do not hold: ${failed.join(', ')}.`,
    ...(metrics ? metricFaults(metrics).map((fault) => `${fault}.`) : []),
  ]
    .filter(Boolean)
    .join(' ');
}
