import { OrderError } from './errors.ts';
import type { Order } from './order.ts';
import { newAttemptId } from './orderIdentity.ts';
import { quantities } from './stock.ts';
import {
  notTaken,
  outcomeUnknown,
  repeatOf,
  type StoringDeps,
  storeOnce,
  type TakenOrder,
} from './storeOnce.ts';
import type { UnitStock } from './unitStock.ts';

export interface HoldingDeps extends StoringDeps {
  /** Without one, everything is sold without limit. */
  stock?: UnitStock | undefined;
}

/** As `storeOnce`, but with a stock: the order's units are its own before it is stored. */
export async function storeHolding(deps: HoldingDeps, asked: Order): Promise<TakenOrder> {
  const { stock } = deps;
  if (stock === undefined) return storeOnce(deps, asked);
  // A holder is never used again: a free that arrives late must not find units of another try.
  const order = { ...asked, attempt_id: newAttemptId() };
  let held: Order['held'];
  try {
    held = await stock.hold(order);
  } catch (error) {
    return repeatOrRefuse(deps, order, error);
  }
  try {
    const taken = await storeOnce(deps, { ...order, held });
    if (!taken.isNew) await stock.free(order, held);
    return taken;
  } catch (error) {
    // While it is not known whether the order stands, its units are left to the sweeper.
    const isKnown = error instanceof OrderError && error.code !== 'outcome_unknown';
    if (isKnown) await stock.free(order, held);
    throw error;
  }
}

/** A repeat of an order that was taken is told so, however little is left. */
async function repeatOrRefuse(
  deps: HoldingDeps,
  order: Order,
  refusal: unknown,
): Promise<TakenOrder> {
  const standing = await deps.store.get(order.order_id).catch((error) => {
    throw outcomeUnknown(order, error);
  });
  const repeat = standing && repeatOf(deps, order, standing);
  if (repeat !== undefined) return repeat;
  if (!(refusal instanceof OrderError)) throw notTaken(order, refusal);
  if (refusal.code !== 'order_in_progress')
    deps.report({ type: 'soldOut', order, units: unitsAsked(order) });
  throw refusal;
}

const unitsAsked = ({ items }: Order): number =>
  [...quantities(items).values()].reduce((sum, units) => sum + units, 0);
