import type { Reconciliation } from '../../ops/reconciliation/reconcile.ts';
import type { RoundResult } from './campaign.ts';

/** One line a kind of fault, with the round in which it struck. */
export function renderTable(results: RoundResult[]): string {
  const head = ['fault', 'round', 'seed', 'orders', 'fired', 'lost', 'twice', 'books'];
  const rows = results.flatMap((result) =>
    Object.entries(result.fired).map(([kind, fired]) => [
      kind,
      result.name,
      String(result.seed),
      String(result.orders),
      String(fired),
      String(result.lost),
      String(result.chargedTwice),
      result.books.closed ? 'closed' : `${result.books.violations.length} violations`,
    ]),
  );
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isNumber = (column: number) => column >= 2 && column <= 6;
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The books in one line. */
export function describeBooks({
  closed,
  settled,
  orders,
  charges,
  violations,
}: Reconciliation): string {
  const ends = `${orders.accepted} accepted; ${orders.completed} completed, ${orders.declined} declined, ${orders.cancelled} cancelled, ${orders.pending} pending; ${charges.count} charges`;
  const verdict = closed ? 'books closed' : `${violations.length} violations`;
  return `${verdict}${settled ? '' : ', not settled'} (${ends})`;
}
