import { closeBooks, type Reconciliation } from '../../ops/reconciliation/reconcile.ts';
import {
  type Row,
  readCharge,
  readOrder,
  readWholeOrder,
} from '../../ops/reconciliation/tableReader.ts';
import { type Book, LEASE_MS, SWEEP_AFTER_MS } from './closedBook.ts';

const PAGE = 50;
const WAIT_SECONDS = 60;

/** Reconciles a book as `sls reconcile` does, with tables in memory and a clock that every pause moves on. */
export function readBook(book: Book): Promise<Reconciliation> {
  let now = book.nowMs;
  const deadLettered = new Set(book.deadLettered);
  const moving = new Set(book.moving);
  return closeBooks(
    {
      books: {
        orders: () => pages(book.orders, readOrder),
        charges: () => pages(book.charges, readCharge),
        ordersOf: async (ids) => some(book.orders, 'order_id', ids).map(readWholeOrder),
        chargesOf: async (ids) => some(book.charges, 'charge_id', ids).map(readCharge),
      },
      messages: async () => ({
        counts: {
          ...{ visible: moving.size, inFlight: 0, async: 0 },
          deadLettered: deadLettered.size,
        },
        orders: { moving, deadLettered },
      }),
      leaseMs: LEASE_MS,
      sweepAfterMs: SWEEP_AFTER_MS,
      now: () => now,
      pause: async () => {
        now += 5_000;
      },
    },
    // Where messages wait, their end is not waited for, so that there is time left for the second look.
    { accepted: book.accepted, waitSeconds: moving.size > 0 ? 0 : WAIT_SECONDS },
  );
}

async function* pages<T>(rows: Row[], read: (row: Row) => T): AsyncIterable<T[]> {
  for (let next = 0; next < rows.length; next += PAGE)
    yield rows.slice(next, next + PAGE).map(read);
}

function some(rows: Row[], key: string, ids: string[]): Row[] {
  const wanted = new Set(ids);
  return rows.filter((row) => wanted.has(row[key]?.S ?? ''));
}
