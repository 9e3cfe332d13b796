import { setTimeout as sleep } from 'node:timers/promises';
import { counted } from '../../common/counted.ts';
import type { MessageCounts, ReconciliationDocument } from '../../contracts/reconciliation.ts';
import type { Stage } from '../stage.ts';
import { readStockBooks } from '../stock/stockBooks.ts';
import {
  type Answer,
  type BookedCharge,
  type BookedOrder,
  isOnItsWay,
  isStatus,
  tookMoney,
} from './bookRules.ts';
import { readMessages, readStockLease, readTimes } from './messageReader.ts';
import { type BookSources, byOrder, type Suspect, Suspects } from './suspects.ts';
import { bookReader } from './tableReader.ts';

export interface Reconciliation extends ReconciliationDocument {
  /** What this reading cannot prove. */
  notes: string[];
}

export interface ReconcileOptions {
  /** What an independent list says was accepted: ids, or ids with what was answered. */
  accepted?: Iterable<string | [orderId: string, answer: Answer]> | undefined;
  /** How long a moving system may take to settle. */
  waitSeconds?: number | undefined;
  onProgress?: ((text: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export const DEFAULT_WAIT_SECONDS = 60;

const PAUSE_MS = 500;

/** Compares orders, charges and messages of a stage by the three rules of the books. */
export async function reconcile(
  stage: Stage,
  options: ReconcileOptions = {},
): Promise<Reconciliation> {
  const sources: BookSources = {
    books: bookReader(stage),
    messages: () => readMessages(stage),
    ...(await readTimes(stage)),
    now: Date.now,
    pause: (signal) => sleep(PAUSE_MS, undefined, signal && { signal }),
  };
  const books = await closeBooks(sources, options);
  if (stage.outputs.StockTableName === '') return books;
  options.onProgress?.('reading the stock');
  const { totals, violations } = await readStockBooks(stage, {
    leaseMs: await readStockLease(stage),
    now: Date.now,
    pause: (durationMs) => sleep(durationMs),
  });
  const all = [...books.violations, ...violations];
  return { ...books, closed: all.length === 0, stock: totals, violations: all };
}

/** As `reconcile`, from any sources. */
export async function closeBooks(
  sources: BookSources,
  { accepted, waitSeconds = DEFAULT_WAIT_SECONDS, onProgress = () => {}, signal }: ReconcileOptions,
): Promise<Reconciliation> {
  const deadlineMs = sources.now() + waitSeconds * 1000;
  const progress = (text: string) => {
    signal?.throwIfAborted();
    onProgress(text);
  };
  await untilQueuesRest(sources, deadlineMs, progress, signal);
  const answers = answersOf(accepted ?? []);
  const suspects = new Suspects(sources, answers);
  const totals = new Totals();
  await readAll(sources, suspects, totals, answers, progress);
  // What does not look right at first sight is read again before it is named: at once, and where a moment between two
  // writes looks the same, after the lease. At the deadline it is named as it stands.
  for (;;) {
    const messages = await suspects.readAgain(deadlineMs, (...ended) => totals.add(...ended));
    const open = suspects.openBefore(deadlineMs);
    if (open === 0 || sources.now() >= deadlineMs) {
      const count = accepted === undefined ? null : countAccepted(answers);
      return resultOf(suspects.all(), totals, messages.counts, count);
    }
    progress(`${counted(open, 'order')} on their way, or to be read again`);
    await sources.pause(signal);
  }
}

async function untilQueuesRest(
  sources: BookSources,
  deadlineMs: number,
  progress: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const moving = movingMessages((await sources.messages()).counts);
    if (moving === 0 || sources.now() >= deadlineMs) return;
    progress(`${counted(moving, 'message')} on their way`);
    await sources.pause(signal);
  }
}

const movingMessages = (counts: MessageCounts): number =>
  counts.visible + counts.inFlight + (counts.async ?? 0);

/** Reads both books once, page by page: what has ended well is added up and forgotten. */
async function readAll(
  { books, messages }: BookSources,
  suspects: Suspects,
  totals: Totals,
  answers: ReadonlyMap<string, readonly Answer[]>,
  progress: (text: string) => void,
): Promise<void> {
  const charges = new Map<string, BookedCharge[]>();
  const unseen = new Set(answers.keys());
  let read = 0;
  for await (const page of books.charges()) {
    byOrder(page, charges);
    read += page.length;
    progress(`${counted(read, 'charge')} read`);
  }
  const moment = suspects.moment(await messages());
  read = 0;
  for await (const page of books.orders()) {
    for (const order of page) {
      const lines = charges.get(order.orderId) ?? [];
      if (suspects.isWell(order.orderId, order, lines, moment)) totals.add(order, lines);
      charges.delete(order.orderId);
      unseen.delete(order.orderId);
    }
    read += page.length;
    progress(`${counted(read, 'order')} read`);
  }
  for (const orderId of new Set([...charges.keys(), ...unseen]))
    suspects.isWell(orderId, undefined, charges.get(orderId) ?? [], moment);
}

const SINGLE: Record<Answer, readonly Answer[]> = {
  accepted: ['accepted'],
  paid: ['paid'],
  completed: ['completed'],
  declined: ['declined'],
  seen: ['seen'],
};

function answersOf(accepted: Iterable<string | [string, Answer]>): Map<string, readonly Answer[]> {
  const answers = new Map<string, readonly Answer[]>();
  for (const entry of accepted) {
    const [orderId, answer] = typeof entry === 'string' ? [entry, 'accepted' as const] : entry;
    const known = answers.get(orderId) ?? [];
    if (!known.includes(answer))
      answers.set(orderId, known.length === 0 ? SINGLE[answer] : [...known, answer]);
  }
  return answers;
}

/** Declined ones are in the list as well: they have to stand so, but were not accepted. */
const countAccepted = (answers: ReadonlyMap<string, readonly Answer[]>): number =>
  [...answers.values()].filter((given) => given.some((answer) => answer !== 'declined')).length;

/** Orders by state and charges, added up exactly. */
class Totals {
  readonly orders = { completed: 0, declined: 0, cancelled: 0, pending: 0 };
  charges = 0;
  cents = 0n;

  add(order: BookedOrder | undefined, charges: BookedCharge[]): void {
    if (order !== undefined && isStatus(order.status)) this.orders[order.status] += 1;
    for (const { amount } of charges.filter(tookMoney)) {
      this.charges += 1;
      // One that has no amount is a violation, and must not hide the sum of the others.
      if (typeof amount === 'bigint') this.cents += amount;
    }
  }
}

function resultOf(
  suspects: Suspect[],
  totals: Totals,
  messages: MessageCounts,
  accepted: number | null,
): Reconciliation {
  for (const { order, charges } of suspects) totals.add(order, charges);
  const violations = suspects.flatMap(({ judgement }) => judgement.violations);
  const isMoving =
    suspects.some(({ judgement }) => isOnItsWay(judgement.fate)) || movingMessages(messages) > 0;
  return {
    closed: violations.length === 0,
    settled: !isMoving,
    orders: { accepted, ...totals.orders },
    messages,
    charges: { count: totals.charges, cents: Number(totals.cents) },
    violations,
    notes: notesOf(suspects, messages, totals.cents),
  };
}

function notesOf(suspects: Suspect[], messages: MessageCounts, cents: bigint): string[] {
  const pending = (fate: string, one: string, many = one): string[] => {
    const count = suspects.filter(({ judgement }) => judgement.fate === fate).length;
    return count === 0 ? [] : [`${counted(count, 'pending order')} ${count === 1 ? one : many}`];
  };
  return [
    ...pending('moving', 'was still on its way', 'were still on their way'),
    ...pending(
      'awaitsSweeper',
      'without a message waits for the sweeper',
      'without a message wait for the sweeper',
    ),
    ...pending('deadLettered', 'is dead-lettered', 'are dead-lettered'),
    ...pending(
      'unknown',
      'cannot be placed: the messages of this stage can be counted, not listed',
    ),
    ...(messages.async === null
      ? [
          'SQS counts are approximate and asynchronous events cannot be counted, so a message is reported as lost only once the stage is drained',
        ]
      : []),
    ...(Number.isSafeInteger(Number(cents))
      ? []
      : [`the charges add up to ${cents} cents, more than a JSON number holds exactly`]),
  ];
}
