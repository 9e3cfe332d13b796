import type { Failure } from './tasks.ts';

/** A failing run, told as what has to happen for it. */
export function story({ seed, wrong, violations, steps, tried }: Failure, commit: string): string {
  const lines = steps.map(({ at_ms, text }, index) => {
    const number = String(index + 1).padStart(4);
    return `${number}. ${(at_ms / 1000).toFixed(3).padStart(8)} s  ${text}`;
  });
  return [
    `Seed ${seed} fails, at commit ${commit}. The shortest history that does (of ${tried} tried):`,
    ...lines,
    ...violations.map((violation) => `      => ${violation}`),
    `Again: npm run simulate -- --seed ${seed}${wrong === undefined ? '' : ` --wrong ${wrong}`}`,
    '',
  ].join('\n');
}
