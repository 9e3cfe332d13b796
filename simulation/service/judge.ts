import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isHolder, isRowOfUnits } from '../../lib/domain/stock.ts';
import { type Answer, judge, type Moment } from '../../ops/reconciliation/bookRules.ts';
import { readCharge, readWholeOrder } from '../../ops/reconciliation/tableReader.ts';
import { type Item, textOf } from '../tables/expression.ts';
import type { Answers } from './answers.ts';
import { NO_ORDER, type World } from './world.ts';

type Row = Record<string, AttributeValue>;

/** Holds the world, once all is over, against everything that was promised. */
export function judgeAll(world: World, answers: Answers): void {
  judgeBooks(world, answers);
  judgeCharges(world);
  judgeCounts(world);
  if (world.settings.units !== undefined) judgeStock(world);
  if ([...world.deadLetters.bodies(), ...world.queue.bodies()].includes(NO_ORDER))
    world.chronicle.violate('a message that the filter leaves out is still there');
}

/** By the rules of `sls reconcile`, and here nothing may be left open. */
function judgeBooks(world: World, answers: Answers): void {
  const { tables, chronicle, clock, sizes } = world;
  const charges = Map.groupBy(
    [...tables.charges.items.values()].map((row) => readCharge(row as unknown as Row)),
    ({ orderId }) => orderId,
  );
  const moment: Moment = {
    ...{ nowMs: clock.now(), leaseMs: sizes.leaseMs, sweepAfterMs: sizes.sweepAfterMs },
    messages: {
      counts: { visible: 0, inFlight: 0, deadLettered: 0, async: null },
      orders: NO_MESSAGES,
    },
  };
  const buyers = world.history.buyers.map(({ number }) => world.orderIdOf(number));
  for (const orderId of new Set([...buyers, ...tables.orders.items.keys(), ...charges.keys()])) {
    const row = world.orderRow(orderId);
    const order = row && readWholeOrder(row as unknown as Row);
    const told = row && mayBeCancelled(world, answers, row) ? SEEN : answers.of(orderId);
    const name = world.nameOf(orderId);
    for (const { detail } of judge(orderId, order, charges.get(orderId) ?? [], moment, told)
      .violations)
      chronicle.violate(`${name}: ${detail.replaceAll(orderId, name)}`);
    if (order?.status === 'pending') chronicle.violate(`${name} is still open`);
    if (order?.status === 'completed' && answers.notTaken.has(textOf(row?.attempt_id)))
      chronicle.violate(`${name} was answered 503, and was charged`);
    if (answers.cancelledForGood.has(orderId) && order?.status !== 'cancelled')
      chronicle.violate(`${name} was cancelled for good, and is ${order?.status}`);
  }
}

const NO_MESSAGES = { moving: new Set<string>(), deadLettered: new Set<string>() };
const SEEN: Answer[] = ['seen'];

function mayBeCancelled({ settings }: World, { askedToCancel }: Answers, row: Item): boolean {
  const reason = textOf(row.cancel_reason);
  if (reason === 'requested') return askedToCancel.has(textOf(row.order_id));
  return reason === 'deadline_passed' && settings.deadlineSeconds !== undefined;
}

function judgeCharges(world: World): void {
  const { tables, chronicle, laws } = world;
  for (const charge of tables.charges.items.values()) {
    const id = textOf(charge.charge_id);
    if (textOf(charge.outcome) !== 'charged') continue;
    const orderId = textOf(charge.order_id);
    const begunMs = Date.parse(textOf(charge.begun_at));
    const isTakenBack = textOf(world.orderRow(orderId)?.pledge) === 'withdrawn';
    if (!isTakenBack && begunMs > (laws.chargeableUntilMs.get(id) ?? begunMs))
      chronicle.violate(
        `${world.nameOf(orderId)} was charged after the end of its lease or deadline`,
      );
  }
}

/** After these a call that was done may have told nobody of it, as the sweeper of a stock tells nobody that it sealed a row. */
const SILENT = /( unanswered| late| killed| slow| never)$/;

/** What was reported, which the metrics are made of: as much as the books have, and no more. */
function judgeCounts(world: World): void {
  const { chronicle, fates, laws, history, settings } = world;
  const rows = world.orders();
  const having = (status: string) => rows.filter((row) => textOf(row.status) === status).length;
  const revisions = rows.reduce((sum, row) => sum + Number(textOf(row.revision)), 0);
  const isSilent =
    settings.units !== undefined ||
    fates.fired.some((fault) => SILENT.test(fault)) ||
    history.events.some(({ do: what }) => what === 'restart');
  const expected = {
    accepted: revisions,
    completed: having('completed'),
    declined: having('declined'),
    cancelled: having('cancelled') + revisions - rows.length,
  };
  for (const [name, count] of Object.entries(expected)) {
    const told = laws.counts.get(name) ?? 0;
    if (told > count || (!isSilent && told < count))
      chronicle.violate(`the metrics have ${told} ${name}, and the books ${count}`);
  }
}

/** Every unit is free or sold, none twice and none of nothing. */
function judgeStock({ tables, chronicle, settings }: World): void {
  let [free, sold] = [0, 0];
  for (const row of tables.stock.items.values()) {
    const id = textOf(row.row_id);
    if (!isRowOfUnits(id)) continue;
    const left = Number(textOf(row.free));
    if (left < 0) chronicle.violate(`${id} has ${left} units free`);
    free += left;
    for (const [name, hold] of Object.entries(row).filter(([name]) => isHolder(name))) {
      const held = hold.M as Item;
      sold += Number(textOf(held.units));
      if (held.sold === undefined)
        chronicle.violate(`units are held for ${name.slice(0, 12)} for good`);
    }
  }
  const bought = [...tables.orders.items.values()]
    .filter((row) => textOf(row.status) === 'completed')
    .flatMap((row) => row.items?.L as { M: Item }[])
    .reduce((sum, { M }) => sum + Number(textOf(M.quantity)), 0);
  if (sold !== bought) chronicle.violate(`${sold} units are sold, and ${bought} were bought`);
  if (free + sold !== settings.units)
    chronicle.violate(`${free} units are free and ${sold} sold, of ${settings.units}`);
}
