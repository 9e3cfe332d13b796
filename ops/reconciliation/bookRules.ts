import type { MessageCounts, Violation } from '../../contracts/reconciliation.ts';
import type { CancelReason } from '../../lib/domain/order.ts';

export type { Violation } from '../../contracts/reconciliation.ts';

/** Whole cents from 0 up, or else what stands there instead: the text of another number, empty for none at all. */
export type Amount = bigint | string;

/** An order as far as the books need it. Times are milliseconds since 1970. */
export interface BookedOrder {
  orderId: string;
  status: string;
  way: string;
  total: Amount;
  revision: number;
  /** When its present revision was taken; 0 where the record does not say so. */
  acceptedAtMs: number;
  /** The sync way only: until then its request may still be paying. */
  leaseUntilMs?: number | undefined;
  /** When the sweeper looks at it; undefined where the sweeper does not find it. */
  sweepAtMs?: number | undefined;
  /** Of a cancelled one. */
  cancelReason?: string | undefined;
  /** Its attributes for which the sweeper passes it over; undefined where they were not read. */
  passedOverFor?: string[];
}

/** A line of the payment provider's book. */
export interface BookedCharge {
  chargeId: string;
  orderId: string;
  /** False where the line itself names no order, and only its key points to one. */
  namesOrder: boolean;
  amount: Amount;
  /** Only `charged` lines took money. */
  outcome: string;
  resolvesAtMs: number;
}

/** What an independent list says that the buyer was answered. */
export type Answer =
  /** Taken, with no end told: it is not cancelled, unless by its buyer or its deadline. */
  | 'accepted'
  /** Answered 200: on the sync way that is after the payment. */
  | 'paid'
  | 'completed'
  | 'declined'
  /** Seen, in whatever state. */
  | 'seen';

/** Where the messages are, as far as the stage can tell. */
export interface MessageBook {
  counts: MessageCounts;
  /** Order ids of messages that will still be processed, and of dead letters; undefined where queues cannot be listed. */
  orders: { moving: Set<string>; deadLettered: Set<string> } | undefined;
}

/** What an order is judged against: the time, the messages of that moment, and the times of the stage. */
export interface Moment {
  nowMs: number;
  messages: MessageBook;
  /** How long an order may stand between two writes. */
  leaseMs: number;
  /** The age at which the sweeper first looks at an open order; undefined where no sweeper runs. */
  sweepAfterMs: number | undefined;
  /** The breaker is open: the sweeper waits, and comes to what is due when it is closed. */
  isProviderDown?: boolean;
  /** When the breaker was closed last: what was put away until then is due since then. */
  providerUpSinceMs?: number | undefined;
  /** So many orders are due: the sweeper takes one after the other. */
  dueOrders?: number;
}

/** Every state that an order can be in. */
export const STATUSES = ['completed', 'declined', 'cancelled', 'pending'] as const;
export type Status = (typeof STATUSES)[number];
export const isStatus = (text: string): text is Status =>
  (STATUSES as readonly string[]).includes(text);

/** `open`: a provider that decides by itself has not told its outcome yet. */
const OUTCOMES = ['charged', 'declined', 'void', 'open'];

export const RULES = {
  accepted: 'a-accepted-has-order',
  charged: 'b-completed-equals-charged',
  pending: 'c-pending-is-accounted-for',
} as const;

/**
 * What becomes of a pending order: `moving` and `awaitsSweeper` end by themselves; `lost` never does; `unknown` where
 * this stage cannot list its messages.
 */
export type Fate = 'ended' | 'moving' | 'awaitsSweeper' | 'deadLettered' | 'lost' | 'unknown';

export interface Judgement {
  fate: Fate;
  /** When the sweeper will have seen an order that awaits it. */
  sweptByMs?: number;
  violations: Violation[];
  /** A moment between two writes looks the same: it is to be read again after the lease before it is named. */
  isSuspect: boolean;
}

/** The scheduled sweeper comes once a minute, and two minutes later to an order whose claim it lost; a run needs a while. */
const SWEEP_INTERVAL_MS = 200_000;
/** A run brings on at least a thousand orders a minute, so that whoever stands behind many has to wait. */
const SWEEP_EACH_MS = 60;
/** The sweeper comes back to an order that stays open after this time. */
const SWEEP_AGAIN_MS = 3_600_000;
/** An asynchronous event is given up at this age: `maximumEventAge` in the manifest. */
const EVENT_AGE_MS = 21_600_000;
/** How far the clocks of a stage and of who reads its books may differ. */
const CLOCKS_DIFFER_MS = 60_000;
/** Of the lines that break a rule together, so many are named. */
const LINES_NAMED = 5;

export const tookMoney = ({ outcome }: BookedCharge): boolean => outcome === 'charged';

/** Judges one order by the three rules, from its record, every line of the provider's book for it, and its answers. */
export function judge(
  orderId: string,
  record: BookedOrder | undefined,
  lines: BookedCharge[],
  moment: Moment,
  answers: readonly Answer[] = [],
): Judgement {
  const order = record && withBelievableTimes(record, moment);
  const charges = lines.map((charge) => ({
    ...charge,
    resolvesAtMs: believable(charge.resolvesAtMs, moment, moment.leaseMs),
  }));
  const { fate, sweptByMs } = fateOf(order, charges, moment);
  const violation = (rule: string, details: string[]): Violation[] =>
    details.length > 0 ? [{ rule, orderId, detail: details.join('; ') }] : [];
  const violations = [
    ...violation(RULES.accepted, answerFaults(order, answers)),
    ...violation(RULES.charged, [
      ...(order === undefined ? orphanFaults(charges) : chargeFaults(order, charges, fate)),
      ...lineFaults(charges, order !== undefined),
    ]),
    ...violation(RULES.pending, stateFaults(order, fate, moment)),
  ];
  const isMissing = order === undefined && answers.length > 0;
  const isSuspect = fate === 'lost' || isMissing || isChargedButOpen(order, charges, fate);
  return { fate, violations, isSuspect, ...(sweptByMs !== undefined && { sweptByMs }) };
}

/** A time that lies ahead of every clock is no reason to wait for it. */
const believable = (timeMs: number, { nowMs }: Moment, mostMs: number): number =>
  timeMs > nowMs + mostMs + CLOCKS_DIFFER_MS ? 0 : timeMs;

const withBelievableTimes = (order: BookedOrder, moment: Moment): BookedOrder => {
  const { leaseMs, sweepAfterMs = 0 } = moment;
  const longestSweepMs = Math.max(sweepAfterMs, leaseMs, SWEEP_AGAIN_MS);
  return {
    ...order,
    acceptedAtMs: believable(order.acceptedAtMs, moment, leaseMs),
    leaseUntilMs: order.leaseUntilMs && believable(order.leaseUntilMs, moment, leaseMs),
    sweepAtMs: order.sweepAtMs && believable(order.sweepAtMs, moment, longestSweepMs),
  };
};

function answerFaults(order: BookedOrder | undefined, answers: readonly Answer[]): string[] {
  if (answers.length === 0) return [];
  if (order === undefined) return ['it was accepted, and there is no record of it'];
  return answers
    .filter((answer) => !standsWhereAnswered(order, answer))
    .map((answer) => `it was ${ANSWERED[answer]}, and ${stateOf(order)}`);
}

/** An order in no state that there is breaks rule c already. */
function standsWhereAnswered(order: BookedOrder, answer: Answer): boolean {
  const { status, way, cancelReason = '' } = order;
  if (answer === 'seen' || !isStatus(status)) return true;
  const isSettled = answer === 'completed' || answer === 'declined';
  if (isSettled) return status === answer;
  if (answer === 'paid' && way === 'sync') return status === 'completed';
  return status !== 'cancelled' || ENDS_AN_ACCEPTED.has(cancelReason);
}

const ENDS_AN_ACCEPTED = new Set<string>(['requested', 'deadline_passed'] satisfies CancelReason[]);

const ANSWERED = {
  accepted: 'accepted',
  paid: 'answered 200',
  completed: 'answered as completed',
  declined: 'answered as declined',
  seen: 'seen',
};

const stateOf = ({ status }: BookedOrder): string =>
  status === 'pending' ? 'stays pending' : `is ${status || 'in no state'}`;

function orphanFaults(charges: BookedCharge[]): string[] {
  const taken = charges.filter(tookMoney);
  return taken.length === 0
    ? []
    : [`${named(taken, amountCharged)}, and there is no record of the order`];
}

function chargeFaults(order: BookedOrder, charges: BookedCharge[], fate: Fate): string[] {
  const taken = charges.filter(tookMoney);
  const faults: string[] = [];
  if (isChargedButOpen(order, charges, fate))
    faults.push(`it ${stateOf(order)}, and was charged: ${named(taken, idOf)}`);
  if (order.status === 'completed' && taken.length === 0)
    faults.push('it is completed, and nothing was charged');
  if (taken.length > 1) faults.push(`it was charged ${taken.length} times: ${named(taken, idOf)}`);
  const wrong = taken.filter(({ amount }) => !isCents(amount) || amount !== order.total);
  if (wrong.length > 0)
    faults.push(`${named(wrong, amountCharged)}, its total is ${centsText(order.total)}`);
  else if (isStatus(order.status) && !isCents(order.total))
    faults.push(`its total, ${centsText(order.total)}, is not a whole number of cents from 0 up`);
  return faults;
}

/** What is wrong with lines whatever their order, but for the amounts of charges, which its total is held against. */
function lineFaults(charges: BookedCharge[], hasRecord: boolean): string[] {
  const nameless = charges.filter(
    (line) => hasRecord && !line.namesOrder && line.outcome === 'charged',
  );
  const unknown = charges.filter(({ outcome }) => !OUTCOMES.includes(outcome));
  const moneyless = charges.filter((line) => !tookMoney(line) && !isCents(line.amount));
  return [
    ...(nameless.length > 0 ? [`${named(nameless, idOf)} names no order by itself`] : []),
    ...(unknown.length > 0
      ? [`${named(unknown, outcomeText)}: it must be one of ${OUTCOMES.join(', ')}`]
      : []),
    ...(moneyless.length > 0
      ? [`${named(moneyless, amountText)}: it must be a whole number of cents from 0 up`]
      : []),
  ];
}

const isChargedButOpen = (
  order: BookedOrder | undefined,
  charges: BookedCharge[],
  fate: Fate,
): boolean => order?.status !== 'completed' && !isOnItsWay(fate) && charges.some(tookMoney);

/** An order that may still end by itself, as far as this stage can tell. */
export const isOnItsWay = (fate: Fate): boolean =>
  fate === 'moving' || fate === 'awaitsSweeper' || fate === 'unknown';

function fateOf(
  order: BookedOrder | undefined,
  charges: BookedCharge[],
  moment: Moment,
): { fate: Fate; sweptByMs?: number } {
  if (order?.status !== 'pending') return { fate: 'ended' };
  const { orders } = moment.messages;
  if (isBeingPaid(order, charges, moment) || orders?.moving.has(order.orderId))
    return { fate: 'moving' };
  const isDead = orders?.deadLettered.has(order.orderId) ?? false;
  if (isDead && charges.length === 0) return { fate: 'deadLettered' };
  const sweptByMs = sweptBy(order, moment);
  if (sweptByMs > moment.nowMs) return { fate: 'awaitsSweeper', sweptByMs };
  if (sweptByMs + (moment.dueOrders ?? 0) * SWEEP_EACH_MS > moment.nowMs) return { fate: 'moving' };
  if (isDead) return { fate: 'deadLettered' };
  return { fate: orders === undefined && mayHaveMessage(order, moment) ? 'unknown' : 'lost' };
}

function isBeingPaid(
  order: BookedOrder,
  charges: BookedCharge[],
  { nowMs, leaseMs }: Moment,
): boolean {
  return (
    order.acceptedAtMs + leaseMs > nowMs ||
    (order.leaseUntilMs ?? 0) > nowMs ||
    charges.some(({ resolvesAtMs }) => resolvesAtMs + leaseMs > nowMs)
  );
}

/** By when the sweeper has come, where it runs. */
const sweptBy = (
  { sweepAtMs, passedOverFor = [] }: BookedOrder,
  { sweepAfterMs, isProviderDown, providerUpSinceMs = 0, nowMs }: Moment,
): number =>
  sweepAfterMs !== undefined && sweepAtMs && passedOverFor.length === 0
    ? Math.max(
        Math.max(sweepAtMs, providerUpSinceMs) + SWEEP_INTERVAL_MS,
        isProviderDown ? nowMs + 1 : 0,
      )
    : 0;

/** Where messages can only be counted, their absence is proved by a drained system alone. */
function mayHaveMessage(order: BookedOrder, { messages, nowMs }: Moment): boolean {
  const { visible, inFlight, deadLettered } = messages.counts;
  const isEventAlive = order.way === 'direct' && order.acceptedAtMs + EVENT_AGE_MS > nowMs;
  return visible + inFlight + deadLettered > 0 || isEventAlive;
}

function stateFaults(
  order: BookedOrder | undefined,
  fate: Fate,
  { sweepAfterMs }: Moment,
): string[] {
  if (order === undefined) return [];
  const { status } = order;
  if (!isStatus(status)) {
    const state = status === '' ? 'it has no status' : `its status is ${JSON.stringify(status)}`;
    return [`${state}: it must be one of ${STATUSES.join(', ')}`];
  }
  if (fate !== 'lost') return [];
  const noHelp = sweepAfterMs === undefined ? 'no sweeper runs' : missedBy(order);
  return [`it is pending, nothing is left that would process it, and ${noHelp}`];
}

function missedBy({ sweepAtMs, passedOverFor = [] }: BookedOrder): string {
  if (passedOverFor.length > 0)
    return `the sweeper passes it over: ${passedOverFor.join(', ')} missing or wrong`;
  return sweepAtMs === undefined
    ? 'the sweeper does not find it'
    : 'the sweeper should have seen it';
}

const isCents = (amount: Amount): amount is bigint => typeof amount === 'bigint';

const centsText = (amount: Amount): string => {
  if (amount === '') return 'no amount';
  return `${amount} ${amount === 1n ? 'cent' : 'cents'}`;
};

const amountCharged = ({ amount, chargeId }: BookedCharge): string =>
  `${centsText(amount)} ${amount === '' || amount === 1n ? 'was' : 'were'} charged (${chargeId})`;
const amountText = ({ amount, chargeId }: BookedCharge): string =>
  `the amount of ${chargeId} is ${centsText(amount)}`;
const outcomeText = ({ outcome, chargeId }: BookedCharge): string =>
  outcome === ''
    ? `${chargeId} has no outcome`
    : `the outcome of ${chargeId} is ${JSON.stringify(outcome)}`;
const idOf = ({ chargeId }: BookedCharge): string => chargeId;

/** The first lines, as `text` has each, and how many more there are. */
function named(lines: BookedCharge[], text: (line: BookedCharge) => string): string {
  const more = lines.length - LINES_NAMED;
  const shown = lines.slice(0, LINES_NAMED).map(text).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
