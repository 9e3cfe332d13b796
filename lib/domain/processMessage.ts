import { cancelLate, deadlineOf, isLate } from './cancelOrder.ts';
import { chargeOrder, type PayingDeps } from './chargeOrder.ts';
import { errorText, OrderError } from './errors.ts';
import { type AsyncWay, type Order, toIso } from './order.ts';
import { type OrderMessage, parseOrderMessage } from './orderMessage.ts';
import type { NotedOrder } from './ports.ts';
import { withTimeout } from './withTimeout.ts';

/** What worker and topic processor do with a message's text. Throws at a text that is not an order message, and when the time is over. */
export async function processMessage(
  deps: PayingDeps,
  text: string,
  way: AsyncWay,
  timeLeftMs?: number,
): Promise<void> {
  await processParsedMessage(deps, readMessage(deps, text, way), timeLeftMs);
}

function readMessage({ report }: PayingDeps, text: string, way: AsyncWay): OrderMessage {
  try {
    return parseOrderMessage(text);
  } catch (error) {
    report({ type: 'messageMalformed', way, error });
    throw error;
  }
}

/**
 * Does what a message asks for: pays the order it points to. Returning means that the order has reached its end and
 * the message can go; throwing, that it has to come again.
 */
export async function processParsedMessage(
  deps: PayingDeps,
  message: OrderMessage,
  timeLeftMs?: number,
): Promise<void> {
  try {
    const processing = bringToEnd(deps, message.order_id);
    await (timeLeftMs === undefined ? processing : withTimeout(deps.clock, timeLeftMs, processing));
  } catch (error) {
    const { order_id, way } = message;
    deps.report({ type: 'attemptFailed', order_id, way, error });
    throw error;
  }
}

async function bringToEnd(deps: PayingDeps, orderId: string): Promise<void> {
  const order = await read(deps, orderId);
  deps.report({ type: 'received', order });
  if (order.status !== 'pending') {
    deps.report({ type: 'chargeAvoided', order, state: order.status });
    return;
  }
  if (await deps.breaker?.isOpen()) return park(deps, order);
  await payInTime(deps, order).catch(async (error) => {
    // The one whose failure opened the breaker has no part in the outage either.
    if (await deps.breaker?.isOpen(0)) return park(deps, order);
    return failNoting(deps, order, error);
  });
}

/**
 * While the provider is down, the message goes and its order waits for the sweeper, which has it in its index: so neither
 * receives nor retries are used up.
 */
async function park({ store, clock, report }: PayingDeps, order: Order): Promise<void> {
  await store.postpone(order, toIso(clock.now()));
  report({ type: 'parked', order });
}

async function payInTime(deps: PayingDeps, order: Order): Promise<void> {
  // Asked once: an order that is in time here and late a moment later has to carry its deadline.
  const isOver = isLate(deps, order);
  if (isOver && (await cancelLate(deps, order))) return;
  // One that is late and could not be cancelled has its charge: the provider is asked for that.
  await chargeOrder(deps, order, isOver ? undefined : deadlineOf(deps, order));
}

async function read(deps: PayingDeps, orderId: string): Promise<Order> {
  const order = await deps.store.get(orderId).catch((error) => {
    // A table that does not answer would not take a note either.
    if (error instanceof OrderError && !isMendedByNote(error))
      return failNoting(deps, { order_id: orderId }, error);
    throw error;
  });
  if (order === undefined) throw new OrderError('order_not_found', 'there is no such order');
  return order;
}

/** Whether a note would overwrite what is wrong, and so make an order of a row that is none. */
const isMendedByNote = ({ attributes }: OrderError): boolean =>
  ['attempts', 'last_error', 'earlier_errors'].some((name) => attributes.includes(name));

/** Leaves the cause of a failure on the order, so that a dead letter can be explained. */
async function failNoting(deps: PayingDeps, order: NotedOrder, error: unknown): Promise<never> {
  // A note that cannot be written must not hide what failed.
  await deps.store
    .noteFailure(order, toIso(deps.clock.now()), errorText(error).slice(0, 500).toWellFormed())
    .catch(() => {});
  throw error;
}
