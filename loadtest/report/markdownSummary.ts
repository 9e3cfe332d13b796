import { figure } from '../../common/report/format.ts';
import type { Claim, Phase, Results } from '../../contracts/saleResults.ts';
import { outcomeOf } from '../running/exitStatus.ts';
import { keyFigures } from './keyFigures.ts';

/** The load's own, with the count and the slowest beside the percentiles. */
const MOST_FIGURES = 10;

/** A short summary for a pull request. */
export function markdownSummary(results: Results, older: Results | null): string {
  const { settings, claims, phases } = results;
  return [
    '## Flash sale',
    '',
    `${outcomeOf(results)} \`${settings.command}\`, ${settings.machine.cpus} cores, seed ${settings.seed}.`,
    '',
    ...claimRows(claims, older),
    '',
    ...phaseRows(phases),
    '',
  ].join('\n');
}

function claimRows(claims: Claim[], older: Results | null): string[] {
  const before = (id: number) => older?.claims.find((claim) => claim.id === id);
  const rows = claims.map(({ id, document, measured, verdict }) => [
    String(id),
    document,
    measured || '–',
    verdict,
    ...(older ? [`${before(id)?.verdict ?? '–'}: ${before(id)?.measured ?? '–'}`] : []),
  ]);
  return table(['', 'The document', 'Measured', 'Verdict', ...(older ? ['Before'] : [])], rows);
}

function phaseRows(phases: Phase[]): string[] {
  const rows = phases.map((phase) => {
    const shown = keyFigures(phase)
      .filter(({ value }) => value !== null)
      .slice(0, MOST_FIGURES);
    const text = shown
      .map(({ label, value, unit, digits }) => `${label} ${figure(value, digits)} ${unit}`.trim())
      .join(', ');
    return [
      `${phase.id} ${phase.name}`,
      phase.note ?? text,
      phase.books === null ? '–' : phase.books.closed ? 'closed' : 'open',
    ];
  });
  return table(['Phase', 'Figures', 'Books'], rows);
}

const table = (head: string[], rows: string[][]): string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
];

const row = (cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
