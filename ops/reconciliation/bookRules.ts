/** An order as far as the books need it. Times are milliseconds since 1970. */
export interface BookedOrder {
  orderId: string;
  status: string;
  way: string;
  totalCents: number;
  revision: number;
  /** When its present revision was taken. */
  acceptedAtMs: number;
  /** The sync way only: until then its request may still be paying. */
  leaseUntilMs?: number | undefined;
}

/** A line of the payment provider's book. */
export interface BookedCharge {
  chargeId: string;
  orderId: string;
  amountCents: number;
  /** `declined` and `void` lines took no money. */
  outcome: string;
  resolvesAtMs: number;
}

/** Where the messages are, as far as the stage can tell. */
export interface MessageBook {
  counts: { visible: number; inFlight: number; deadLettered: number; async: number | null };
  /** Order ids of messages that will still be processed, and of dead letters; undefined where queues cannot be listed. */
  orders: { moving: Set<string>; deadLettered: Set<string> } | undefined;
}

export interface World {
  nowMs: number;
  messages: MessageBook;
  /** How long an order may honestly stand between two writes. */
  leaseMs: number;
  /** The age at which the sweeper looks at an open order; undefined where no sweeper runs. */
  sweepAfterMs: number | undefined;
}

/** Every state that an order can be in. */
export const STATUSES = ['completed', 'declined', 'cancelled', 'pending'] as const;
export type Status = (typeof STATUSES)[number];
export const isStatus = (text: string): text is Status =>
  (STATUSES as readonly string[]).includes(text);

export const RULES = {
  accepted: 'a-accepted-has-order',
  charged: 'b-completed-equals-charged',
  pending: 'c-pending-is-accounted-for',
} as const;

export interface Violation {
  rule: string;
  orderId: string;
  detail: string;
}

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
/** An asynchronous event is given up at this age: `maximumEventAge` in the manifest. */
const EVENT_AGE_MS = 21_600_000;
/** How far the clocks of a stage and of who reads its books may differ. */
const CLOCKS_DIFFER_MS = 60_000;

export const tookMoney = ({ outcome }: BookedCharge): boolean =>
  outcome !== 'declined' && outcome !== 'void';

/** Judges one order by rules (b) and (c) from its record and every line of the provider's book that names it. */
export function judge(
  orderId: string,
  record: BookedOrder | undefined,
  lines: BookedCharge[],
  world: World,
): Judgement {
  const order = record && withBelievableTimes(record, world);
  const charges = lines.map((charge) => ({
    ...charge,
    resolvesAtMs: believable(charge.resolvesAtMs, world),
  }));
  const taken = charges.filter(tookMoney);
  const { fate, sweptByMs } = fateOf(order, charges, world);
  const details = order === undefined ? orphanFaults(taken) : chargeFaults(order, taken, fate);
  const violations = details.map((detail): Violation => ({ rule: RULES.charged, orderId, detail }));
  if (fate === 'lost') violations.push(lostOrder(orderId, world));
  if (order !== undefined && !isStatus(order.status)) violations.push(statelessOrder(order));
  const isSuspect = fate === 'lost' || isChargedButOpen(order, taken, fate);
  return { fate, violations, isSuspect, ...(sweptByMs !== undefined && { sweptByMs }) };
}

/** A time that lies ahead of every clock is no reason to wait for it. */
const believable = (timeMs: number, { nowMs, leaseMs }: World): number =>
  timeMs > nowMs + leaseMs + CLOCKS_DIFFER_MS ? 0 : timeMs;

const withBelievableTimes = (order: BookedOrder, world: World): BookedOrder => ({
  ...order,
  acceptedAtMs: believable(order.acceptedAtMs, world),
  leaseUntilMs: order.leaseUntilMs && believable(order.leaseUntilMs, world),
});

export const missingOrder = (orderId: string): Violation => ({
  rule: RULES.accepted,
  orderId,
  detail: 'it was accepted, and there is no record of it',
});

function orphanFaults(taken: BookedCharge[]): string[] {
  return taken.map((charge) => `${amountOf(charge)}, and there is no record of the order`);
}

function chargeFaults(order: BookedOrder, taken: BookedCharge[], fate: Fate): string[] {
  const faults = [
    ...(taken.length > 1 ? [`it was charged ${taken.length} times: ${idsOf(taken)}`] : []),
    ...taken
      .filter(({ amountCents }) => amountCents !== order.totalCents)
      .map((charge) => `${amountOf(charge)}, its total is ${centsOf(order.totalCents)}`),
  ];
  if (order.status === 'completed') {
    return taken.length === 0 ? [`it is completed, and nothing was charged`] : faults;
  }
  if (!isChargedButOpen(order, taken, fate)) return faults;
  const stays =
    order.status === 'pending' ? 'stays pending' : `is ${order.status || 'in no state'}`;
  return [`it ${stays}, and was charged: ${idsOf(taken)}`, ...faults];
}

const isChargedButOpen = (order: BookedOrder | undefined, taken: BookedCharge[], fate: Fate) =>
  taken.length > 0 && order?.status !== 'completed' && !isOnItsWay(fate);

/** An order that may still end by itself, as far as this stage can tell. */
export const isOnItsWay = (fate: Fate): boolean =>
  fate === 'moving' || fate === 'awaitsSweeper' || fate === 'unknown';

function fateOf(
  order: BookedOrder | undefined,
  charges: BookedCharge[],
  world: World,
): { fate: Fate; sweptByMs?: number } {
  if (order?.status !== 'pending') return { fate: 'ended' };
  const { orders } = world.messages;
  if (isBeingPaid(order, charges, world) || orders?.moving.has(order.orderId))
    return { fate: 'moving' };
  const isDead = orders?.deadLettered.has(order.orderId) ?? false;
  if (isDead && charges.length === 0) return { fate: 'deadLettered' };
  const sweptByMs = sweepDueMs(order, world);
  if (sweptByMs > world.nowMs) return { fate: 'awaitsSweeper', sweptByMs };
  if (isDead) return { fate: 'deadLettered' };
  return { fate: orders === undefined && mayHaveMessage(order, world) ? 'unknown' : 'lost' };
}

function isBeingPaid(
  order: BookedOrder,
  charges: BookedCharge[],
  { nowMs, leaseMs }: World,
): boolean {
  const lastMoves = [
    order.acceptedAtMs + leaseMs,
    order.leaseUntilMs ?? 0,
    ...charges.map(({ resolvesAtMs }) => resolvesAtMs + leaseMs),
  ];
  return Math.max(...lastMoves) > nowMs;
}

/** The sweeper resolves a sync order past its lease, and publishes the others again at a certain age. */
function sweepDueMs({ leaseUntilMs, acceptedAtMs }: BookedOrder, { sweepAfterMs }: World): number {
  if (sweepAfterMs === undefined) return 0;
  return (leaseUntilMs ?? acceptedAtMs + sweepAfterMs) + SWEEP_INTERVAL_MS;
}

/** Where messages can only be counted, their absence is proved by a drained system alone. */
function mayHaveMessage(order: BookedOrder, { messages, nowMs }: World): boolean {
  const { visible, inFlight, deadLettered } = messages.counts;
  const isEventAlive = order.way === 'direct' && order.acceptedAtMs + EVENT_AGE_MS > nowMs;
  return visible + inFlight + deadLettered > 0 || isEventAlive;
}

function lostOrder(orderId: string, { sweepAfterMs }: World): Violation {
  const sweeper =
    sweepAfterMs === undefined ? 'no sweeper runs' : 'the sweeper should have seen it';
  return {
    rule: RULES.pending,
    orderId,
    detail: `it is pending, nothing is left that would process it, and ${sweeper}`,
  };
}

function statelessOrder({ orderId, status }: BookedOrder): Violation {
  const state = status === '' ? 'it has no status' : `its status is ${JSON.stringify(status)}`;
  return {
    rule: RULES.pending,
    orderId,
    detail: `${state}: it must be one of ${STATUSES.join(', ')}`,
  };
}

const amountOf = ({ amountCents, chargeId }: BookedCharge) =>
  `${centsOf(amountCents)} ${Number.isFinite(amountCents) ? 'were' : 'was'} charged (${chargeId})`;

const centsOf = (cents: number) => (Number.isFinite(cents) ? `${cents} cents` : 'no amount');

const idsOf = (charges: BookedCharge[]) => charges.map(({ chargeId }) => chargeId).join(', ');
