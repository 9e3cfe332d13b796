import {
  type Answer,
  type BookedCharge,
  type BookedOrder,
  isOnItsWay,
  type Judgement,
  judge,
  type MessageBook,
  type Moment,
} from './bookRules.ts';
import type { BookReader } from './tableReader.ts';

/** Everything that the books are read from. */
export interface BookSources {
  books: BookReader;
  messages(): Promise<MessageBook>;
  leaseMs: number;
  sweepAfterMs: number | undefined;
  isProviderDown?: boolean;
  providerUpSinceMs?: number | undefined;
  now(): number;
  pause(signal?: AbortSignal): Promise<void>;
}

/** An order that has not ended well, or not yet. */
export interface Suspect {
  order: BookedOrder | undefined;
  charges: BookedCharge[];
  judgement: Judgement;
  /** Since when it looks lost, missing, or charged and not completed. */
  suspectedAtMs: number | undefined;
  /** Final ones are not read again. */
  isFinal: boolean;
}

const READ_AT_ONCE = 100;
/** An order is revived now and then; a revision that says more than this has not been counted up. */
const MOST_REVISIONS = 50;
/** However little time is left, what looks wrong may be read again for so long. */
const LEAST_READING_MS = 2_000;

/**
 * What is open or looks wrong after the first look at the books, read again and judged as strictly, so that a moving
 * system is not mistaken for a wrong one.
 */
export class Suspects {
  readonly #sources: BookSources;
  readonly #answers: ReadonlyMap<string, readonly Answer[]>;
  readonly #found = new Map<string, Suspect>();

  constructor(sources: BookSources, answers: ReadonlyMap<string, readonly Answer[]>) {
    this.#sources = sources;
    this.#answers = answers;
  }

  /** Judges an order; true when it has ended well. Otherwise it is kept. */
  isWell(
    orderId: string,
    order: BookedOrder | undefined,
    charges: BookedCharge[],
    moment: Moment,
    suspectedAtMs = moment.nowMs,
  ): boolean {
    const judgement = judge(orderId, order, charges, moment, this.#answers.get(orderId));
    const hasEnded = order !== undefined && judgement.fate === 'ended';
    if (hasEnded && judgement.violations.length === 0) return true;
    const since = judgement.isSuspect ? suspectedAtMs : undefined;
    const suspect = { order, charges, judgement, suspectedAtMs: since, isFinal: false };
    this.#found.set(orderId, suspect);
    return false;
  }

  /**
   * Reads again what is not final, as far as the time allows; what has ended well meanwhile is handed over. Messages are
   * listed before and after: one published meanwhile is not missed.
   */
  async readAgain(
    deadlineMs: number,
    onWell: (order: BookedOrder | undefined, charges: BookedCharge[]) => void,
  ): Promise<MessageBook> {
    const { now, messages } = this.#sources;
    const startedAtMs = now();
    const untilMs = Math.max(deadlineMs, startedAtMs + LEAST_READING_MS);
    const before = await messages();
    const open = [...this.#found].filter(([, { isFinal }]) => !isFinal);
    const fresh: [string, BookedOrder | undefined, BookedCharge[]][] = [];
    for (let next = 0; next < open.length && now() <= untilMs; next += READ_AT_ONCE)
      fresh.push(...(await this.#read(open.slice(next, next + READ_AT_ONCE))));
    const after = union(before, await messages());
    const moment = this.moment(after);
    for (const [orderId, order, charges] of fresh) {
      const { suspectedAtMs } = this.#found.get(orderId) ?? {};
      this.#found.delete(orderId);
      if (this.isWell(orderId, order, charges, moment, suspectedAtMs)) onWell(order, charges);
      else this.#settle(orderId, startedAtMs);
    }
    return after;
  }

  /** How many can still be expected to end, or to be read again after the lease, before the deadline. */
  openBefore(deadlineMs: number): number {
    return this.all().filter(
      ({ isFinal, judgement }) => !isFinal && (judgement.sweptByMs ?? 0) <= deadlineMs,
    ).length;
  }

  all(): Suspect[] {
    return [...this.#found.values()];
  }

  moment(messages: MessageBook): Moment {
    const { leaseMs, sweepAfterMs, isProviderDown = false, providerUpSinceMs, now } = this.#sources;
    const nowMs = now();
    const isDue = ({ order }: Suspect) =>
      order?.status === 'pending' && order.sweepAtMs !== undefined && order.sweepAtMs <= nowMs;
    return {
      ...{ nowMs, messages, leaseMs, sweepAfterMs, isProviderDown, providerUpSinceMs },
      dueOrders: this.all().filter(isDue).length,
    };
  }

  #settle(orderId: string, readAtMs: number): void {
    const suspect = this.#found.get(orderId);
    if (suspect === undefined || isOnItsWay(suspect.judgement.fate)) return;
    const { suspectedAtMs } = suspect;
    suspect.isFinal =
      suspectedAtMs === undefined || readAtMs - suspectedAtMs >= this.#sources.leaseMs;
  }

  /** A line of the provider's book never changes, so only those are looked for that were not there at first. */
  async #read(
    open: [string, Suspect][],
  ): Promise<[string, BookedOrder | undefined, BookedCharge[]][]> {
    const { books } = this.#sources;
    const orders = byOrder(await books.ordersOf(open.map(([orderId]) => orderId)));
    const known = new Set(
      open.flatMap(([, { charges }]) => charges.map(({ chargeId }) => chargeId)),
    );
    const regular = open.flatMap(([orderId, { order }]) =>
      revisionsOf(orders.get(orderId)?.[0] ?? order).map((revision) => `${orderId}#${revision}`),
    );
    const unknown = regular.filter((chargeId) => !known.has(chargeId));
    const added = byOrder(await books.chargesOf(unknown));
    return open.map(([orderId, { charges }]) => [
      orderId,
      orders.get(orderId)?.[0],
      [...charges, ...(added.get(orderId) ?? [])],
    ]);
  }
}

/** Each row under the order that it names, and under no other. */
export function byOrder<T extends { orderId: string }>(
  rows: Iterable<T>,
  found = new Map<string, T[]>(),
): Map<string, T[]> {
  for (const row of rows) {
    const known = found.get(row.orderId);
    if (known === undefined) found.set(row.orderId, [row]);
    else known.push(row);
  }
  return found;
}

/** The revisions whose charges a scan may have come too early for: the last ones, whatever the row says. */
function revisionsOf(order: BookedOrder | undefined): number[] {
  const { revision = 1 } = order ?? {};
  const last = Number.isSafeInteger(revision) && revision >= 1 ? revision : 1;
  const count = Math.min(last, MOST_REVISIONS);
  return Array.from({ length: count }, (_, index) => last - index);
}

/** Two listings as one: the later counts, and the orders of both. */
function union(before: MessageBook, after: MessageBook): MessageBook {
  if (before.orders === undefined || after.orders === undefined) return after;
  return {
    counts: after.counts,
    orders: {
      moving: new Set([...before.orders.moving, ...after.orders.moving]),
      deadLettered: new Set([...before.orders.deadLettered, ...after.orders.deadLettered]),
    },
  };
}
