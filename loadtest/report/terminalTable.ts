import { styleText } from 'node:util';
import { figure } from '../../common/report/format.ts';
import type { Claim, Phase, Results } from '../../contracts/saleResults.ts';
import { metricFaults } from '../measuring/metricsCheck.ts';
import { toneOf } from './claimsSection.ts';

const COLORS = { good: 'green', bad: 'red', plain: 'yellow' } as const;
const NARROWEST = 40;

/** The claims, their verdicts and the books, for a terminal. */
export function claimsTable(
  { claims, phases, metrics }: Results,
  stream: NodeJS.WriteStream,
): string {
  const width = Math.max(NARROWEST, stream.columns ?? 120);
  const books = phases.flatMap((phase) =>
    phase.books === null ? [] : [booksLine(phase, phase.books)],
  );
  const judged = claims.map((claim) => claimLines(claim, width, stream));
  const counted = [...books, ...metricsLines(metrics)];
  return `${[...judged, ...(counted.length > 0 ? ['', ...counted] : [])].join('\n')}\n`;
}

function metricsLines(metrics: Results['metrics']): string[] {
  if (metrics === null) return [];
  const faults = metricFaults(metrics);
  return faults.length > 0
    ? faults.map((fault) => `Metrics         ✗ ${fault}`)
    : [
        `Metrics         ${figure(metrics.lines)} EMF lines, all valid, their sums are the books' own counts`,
      ];
}

function claimLines(claim: Claim, width: number, stream: NodeJS.WriteStream): string {
  const verdict = styleText(COLORS[toneOf(claim)], claim.verdict.padEnd(15), { stream });
  const checks = claim.checks.map(
    ({ what, measured, expected, passed }) =>
      `${passed || !claim.shouldHold ? ' ' : '✗'} ${what}: ${measured} (${expected})`,
  );
  const figures = claim.checks.length > 0 || !claim.measured ? checks : [`  ${claim.measured}`];
  const indented = [`  ${claim.formula}`, ...figures, `  ${claim.why}`]
    .flatMap((line) => wrap(line, width - 4))
    .map((line) => `    ${styleText('dim', line, { stream })}`);
  return [`${String(claim.id).padStart(2)}  ${verdict} ${claim.document}`, ...indented].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length < width)
      lines[lines.length - 1] = last === '' && lines.length === 1 ? word : `${last} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines;
}

function booksLine(
  { id }: Phase,
  { closed, orders, charges, violations }: NonNullable<Phase['books']>,
): string {
  const state = closed ? 'closed' : `open, ${violations.length} violations`;
  return `Books after ${id.padEnd(2)}  ${state}: ${figure(orders.accepted)} accepted, ${figure(orders.completed)} completed, ${figure(orders.pending)} pending, ${figure(charges.count)} charges`;
}
