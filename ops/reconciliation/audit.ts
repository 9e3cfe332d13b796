import type { BookReader } from './bookReader.ts';
import {
  type BookedCharge,
  type BookedOrder,
  isOnItsWay,
  isStatus,
  type Judgement,
  judge,
  type MessageBook,
  missingOrder,
  type Status,
  tookMoney,
  type Violation,
  type World,
} from './bookRules.ts';

export interface Reconciliation {
  /** No violation. */
  closed: boolean;
  /** Nothing was on its way any more when the books were read. */
  settled: boolean;
  orders: Record<Status, number> & {
    /** Null without an acceptance list. */
    accepted: number | null;
  };
  messages: MessageBook['counts'];
  charges: { count: number; cents: number };
  violations: Violation[];
  /** What this reading cannot prove. */
  notes: string[];
}

/** Everything that the books are read from. */
export interface BookSources {
  books: BookReader;
  messages(): Promise<MessageBook>;
  leaseMs: number;
  sweepAfterMs: number | undefined;
  now(): number;
  pause(signal?: AbortSignal): Promise<void>;
}

interface Entry {
  order: BookedOrder | undefined;
  charges: BookedCharge[];
  judgement: Judgement;
  /** Since when it looks lost, missing, or charged and not completed. */
  suspectedAtMs: number | undefined;
  /** Final entries are not read again. */
  isFinal: boolean;
}

const READ_AT_ONCE = 25;
/** An order is revived now and then; a revision that says more than this has not been counted up. */
const MOST_REVISIONS = 50;

/**
 * One reading of the books. An order that has ended well is counted and forgotten; what is open or looks wrong is kept
 * and read again, so that a moving system is not mistaken for a wrong one.
 */
export class Audit {
  readonly #sources: BookSources;
  readonly #unseen: Set<string>;
  readonly #acceptedCount: number | null;
  readonly #open = new Map<string, Entry>();
  readonly #counts = { completed: 0, declined: 0, cancelled: 0, pending: 0 };
  readonly #charges = { count: 0, cents: 0 };
  #messages: MessageBook | undefined;

  constructor(sources: BookSources, accepted: Iterable<string> | undefined) {
    this.#sources = sources;
    this.#unseen = new Set(accepted);
    this.#acceptedCount = accepted === undefined ? null : this.#unseen.size;
  }

  /** Reads both books once, page by page. */
  async readAll(onProgress: (text: string) => void): Promise<void> {
    const { books } = this.#sources;
    const charges = new Map<string, BookedCharge[]>();
    let read = 0;
    for await (const page of books.charges()) {
      for (const charge of page)
        charges.set(charge.orderId, [...(charges.get(charge.orderId) ?? []), charge]);
      read += page.length;
      onProgress(`${read} charges read`);
    }
    const world = this.#world(await this.#sources.messages());
    read = 0;
    for await (const page of books.orders()) {
      for (const order of page) {
        this.#file(order.orderId, order, charges.get(order.orderId) ?? [], world);
        charges.delete(order.orderId);
        this.#unseen.delete(order.orderId);
      }
      read += page.length;
      onProgress(`${read} orders read`);
    }
    for (const orderId of new Set([...charges.keys(), ...this.#unseen])) {
      this.#file(orderId, undefined, charges.get(orderId) ?? [], world);
    }
  }

  /** Reads again what is not final. Messages are listed before and after: one published meanwhile is not missed. */
  async readOpenAgain(): Promise<void> {
    const startedAtMs = this.#sources.now();
    const before = await this.#sources.messages();
    const again = [...this.#open].filter(([, { isFinal }]) => !isFinal);
    const fresh: [string, BookedOrder | undefined, BookedCharge[]][] = [];
    for (let next = 0; next < again.length; next += READ_AT_ONCE) {
      const some = again.slice(next, next + READ_AT_ONCE);
      fresh.push(
        ...(await Promise.all(some.map(([orderId, entry]) => this.#read(orderId, entry)))),
      );
    }
    const world = this.#world(union(before, await this.#sources.messages()));
    for (const [orderId, order, charges] of fresh) {
      if (order !== undefined) this.#unseen.delete(orderId);
      const { suspectedAtMs } = this.#open.get(orderId) ?? {};
      this.#open.delete(orderId);
      const entry = this.#file(orderId, order, charges, world, suspectedAtMs);
      if (entry !== undefined) entry.isFinal = this.#isFinal(entry, startedAtMs);
    }
  }

  /** How many orders can still be expected to end, or to be read again after the lease, before the deadline. */
  openBefore(deadlineMs: number): number {
    const open = [...this.#open.values()].filter(({ isFinal }) => !isFinal);
    return open.filter(({ judgement }) => (judgement.sweptByMs ?? 0) <= deadlineMs).length;
  }

  result(): Reconciliation {
    const counts = this.#messages?.counts ?? { visible: 0, inFlight: 0, deadLettered: 0, async: 0 };
    const entries = [...this.#open];
    for (const [, { order, charges }] of entries) this.#count(order, charges);
    const violations = [
      ...[...this.#unseen].map(missingOrder),
      ...entries.flatMap(([, { judgement }]) => judgement.violations),
    ];
    const onTheirWay = entries.filter(([, { judgement }]) => isOnItsWay(judgement.fate));
    return {
      closed: violations.length === 0,
      settled: onTheirWay.length === 0 && movingMessages(counts) === 0,
      orders: { accepted: this.#acceptedCount, ...this.#counts },
      messages: counts,
      charges: this.#charges,
      violations,
      notes: notesOf(
        entries.map(([, entry]) => entry),
        counts,
      ),
    };
  }

  #isFinal({ judgement, suspectedAtMs }: Entry, readAtMs: number): boolean {
    if (isOnItsWay(judgement.fate)) return false;
    return suspectedAtMs === undefined || readAtMs - suspectedAtMs >= this.#sources.leaseMs;
  }

  /** Gives the entry of an order that has not ended well. */
  #file(
    orderId: string,
    order: BookedOrder | undefined,
    charges: BookedCharge[],
    world: World,
    suspectedAtMs = world.nowMs,
  ): Entry | undefined {
    const judgement = judge(orderId, order, charges, world);
    if (order !== undefined && judgement.fate === 'ended' && judgement.violations.length === 0) {
      this.#count(order, charges);
      return undefined;
    }
    const isSuspect = judgement.isSuspect || this.#unseen.has(orderId);
    const entry: Entry = {
      ...{ order, charges, judgement },
      suspectedAtMs: isSuspect ? suspectedAtMs : undefined,
      isFinal: false,
    };
    this.#open.set(orderId, entry);
    return entry;
  }

  #count(order: BookedOrder | undefined, charges: BookedCharge[]): void {
    if (order !== undefined && isStatus(order.status)) this.#counts[order.status] += 1;
    for (const { amountCents } of charges.filter(tookMoney)) {
      this.#charges.count += 1;
      // One that has no amount is a violation, and must not hide the sum of the others.
      if (Number.isFinite(amountCents)) this.#charges.cents += amountCents;
    }
  }

  async #read(
    orderId: string,
    { order, charges }: Entry,
  ): Promise<[string, BookedOrder | undefined, BookedCharge[]]> {
    const { books } = this.#sources;
    const fresh = await books.order(orderId);
    const regular = revisionsOf(fresh ?? order).map((revision) => `${orderId}#${revision}`);
    const ids = new Set([...regular, ...charges.map(({ chargeId }) => chargeId)]);
    const found = await Promise.all([...ids].map((id) => books.charge(id)));
    return [orderId, fresh, found.filter((charge) => charge !== undefined)];
  }

  #world(messages: MessageBook): World {
    this.#messages = messages;
    const { leaseMs, sweepAfterMs, now } = this.#sources;
    return { nowMs: now(), messages, leaseMs, sweepAfterMs };
  }
}

export const movingMessages = (counts: MessageBook['counts']): number =>
  counts.visible + counts.inFlight + (counts.async ?? 0);

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

function notesOf(entries: Entry[], counts: MessageBook['counts']): string[] {
  const numberOf = (fate: string) =>
    entries.filter(({ judgement }) => judgement.fate === fate).length;
  const lines: [number, string][] = [
    [numberOf('moving'), 'pending orders were still on their way'],
    [numberOf('awaitsSweeper'), 'pending orders without a message wait for the sweeper'],
    [numberOf('deadLettered'), 'pending orders are dead-lettered'],
    [
      numberOf('unknown'),
      'pending orders cannot be placed: the messages of this stage can be counted, not listed',
    ],
  ];
  const aws =
    counts.async === null
      ? [
          'SQS counts are approximate and asynchronous events cannot be counted: that the message of a pending order is gone is only claimed of a drained stage',
        ]
      : [];
  return [
    ...lines.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`),
    ...aws,
  ];
}
