import type { Answer } from '../../ops/reconciliation/bookRules.ts';
import type { Row } from '../../ops/reconciliation/tableReader.ts';

/** What an order of the book is, as its buyer and the service left it. */
export type Kind =
  | 'paidSync'
  | 'paidQueued'
  | 'paidDirect'
  | 'revived'
  | 'declinedSync'
  | 'declinedQueued'
  | 'cancelled'
  | 'moving'
  | 'awaitsSweeper'
  | 'chargedAwaitsSweeper'
  | 'deadLettered';

export const KINDS: Kind[] = [
  'paidSync',
  'paidQueued',
  'paidDirect',
  'revived',
  'declinedSync',
  'declinedQueued',
  'cancelled',
  'moving',
  'awaitsSweeper',
  'chargedAwaitsSweeper',
  'deadLettered',
];

/** Everything that a reconciliation reads, and what each order is. */
export interface Book {
  nowMs: number;
  orders: Row[];
  charges: Row[];
  accepted: [string, Answer][];
  moving: string[];
  deadLettered: string[];
}

export const LEASE_MS = 15_000;
export const SWEEP_AFTER_MS = 900_000;
const HOUR_MS = 3_600_000;
/** Fixed, so that a seed means the same changes on every day. */
export const NOW_MS = Date.parse('2026-11-27T12:00:00.000Z');

export const iso = (timeMs: number): string => new Date(timeMs).toISOString();
export const kindOf = (index: number): Kind => KINDS[index % KINDS.length] ?? 'paidSync';
export const idOf = (index: number): string => `ord_${index.toString(16).padStart(32, '0')}`;
/** No two orders cost the same, so that a charge that got to another order cannot fit it. */
export const totalOf = (index: number): number => 1_000 + index;

/** A book in which no rule is broken. */
export function closedBook(count: number): Book {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const ids = (kind: Kind) => indexes.filter((index) => kindOf(index) === kind).map(idOf);
  return {
    nowMs: NOW_MS,
    orders: indexes.map(orderRow),
    charges: indexes.flatMap(chargeRows),
    accepted: indexes.flatMap((index): [string, Answer][] => {
      const answer = ANSWERS[kindOf(index)];
      return answer === undefined ? [] : [[idOf(index), answer]];
    }),
    moving: ids('moving'),
    deadLettered: ids('deadLettered'),
  };
}

const ANSWERS: Record<Kind, Answer | undefined> = {
  paidSync: 'paid',
  paidQueued: 'accepted',
  paidDirect: 'accepted',
  revived: 'accepted',
  declinedSync: 'declined',
  declinedQueued: 'accepted',
  cancelled: undefined,
  moving: 'accepted',
  awaitsSweeper: 'accepted',
  chargedAwaitsSweeper: 'accepted',
  deadLettered: 'accepted',
};

const STATUS: Record<Kind, string> = {
  paidSync: 'completed',
  paidQueued: 'completed',
  paidDirect: 'completed',
  revived: 'completed',
  declinedSync: 'declined',
  declinedQueued: 'declined',
  cancelled: 'cancelled',
  moving: 'pending',
  awaitsSweeper: 'pending',
  chargedAwaitsSweeper: 'pending',
  deadLettered: 'pending',
};

export function orderRow(index: number): Row {
  const kind = kindOf(index);
  const isOpen = STATUS[kind] === 'pending';
  const takenAt = iso(NOW_MS - 3 * HOUR_MS);
  return {
    order_id: { S: idOf(index) },
    customer_id: { N: String(index + 1) },
    items: {
      L: [
        {
          M: {
            ...{ item_id: { S: 'item-1' }, name: { S: 'Tamper' } },
            ...{ price: { N: String(totalOf(index) / 100) }, quantity: { N: '1' } },
          },
        },
      ],
    },
    total_cents: { N: String(totalOf(index)) },
    way: { S: wayOf(kind) },
    status: { S: STATUS[kind] },
    created_at: { S: takenAt },
    accepted_at: { S: takenAt },
    revision: { N: kind === 'revived' ? '2' : '1' },
    attempt_id: { S: `attempt-${index}` },
    request_hash: { S: `hash-${index}` },
    ...(isOpen && {
      open_shard: { S: String(index % 8) },
      sweep_at: { S: iso(NOW_MS + 0.6 * HOUR_MS) },
    }),
  };
}

function wayOf(kind: Kind): string {
  if (kind === 'paidSync' || kind === 'declinedSync') return 'sync';
  return kind === 'paidDirect' ? 'direct' : 'queued';
}

export function chargeRows(index: number): Row[] {
  const kind = kindOf(index);
  const line = (revision: number, outcome: string, cents = totalOf(index)): Row => ({
    charge_id: { S: `${idOf(index)}#${revision}` },
    order_id: { S: idOf(index) },
    amount_cents: { N: String(cents) },
    outcome: { S: outcome },
    begun_at: { S: iso(NOW_MS - 3 * HOUR_MS) },
    resolves_at: { S: iso(NOW_MS - 3 * HOUR_MS + 3_000) },
  });
  if (kind === 'revived') return [line(1, 'void', 0), line(2, 'charged')];
  if (kind === 'cancelled') return [line(1, 'void', 0)];
  if (STATUS[kind] === 'declined') return [line(1, 'declined')];
  if (STATUS[kind] === 'completed' || kind === 'chargedAwaitsSweeper') return [line(1, 'charged')];
  return [];
}
