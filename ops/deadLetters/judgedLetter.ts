import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { DeadLetterCause } from '../../contracts/deadLetters.ts';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import { ORDER_ID, type Order } from '../../lib/domain/order.ts';
import { isOrder } from '../../lib/domain/storedRow.ts';
import { readRows } from '../reconciliation/tableReader.ts';
import type { Stage } from '../stage.ts';
import type { DeadLetter } from './deadLetter.ts';

const noteSchema = z.object({ at: z.string(), cause: z.string() });
type Note = z.infer<typeof noteSchema>;

/** Of a row, whatever else is in it. */
const attemptsSchema = z.object({
  status: z.string().optional().catch(undefined),
  attempts: z.number().catch(0),
  last_error: noteSchema.optional().catch(undefined),
  earlier_errors: z.array(noteSchema).catch([]),
});

/** A dead letter, and what its order's record says of it. */
export interface JudgedLetter extends DeadLetter {
  cause: string;
  causeId: string;
  /** None where there is no such order, or what is stored is none. */
  order: Order | undefined;
  status: string | undefined;
  attempts: number;
  /** Of each attempt that left one, the newest first. */
  errors: Note[];
  /** Why neither a redrive nor a discard of the order can be done for it. */
  noOrder: string | undefined;
}

/** What a letter without its order's record may be told by. */
const NO_MESSAGE = 'not an order message';
const NO_CAUSE = 'no cause was left';

/** Without a stage none of them may point to an order. */
export async function judgeLetters(
  stage: Stage | undefined,
  letters: DeadLetter[],
): Promise<JudgedLetter[]> {
  const rows = stage === undefined ? [] : await readOrders(stage, letters);
  const byId = new Map(rows.map((row) => [row.order_id, row]));
  return letters.map((letter) => judge(letter, byId.get(letter.orderId)));
}

async function readOrders({ clients, outputs }: Stage, letters: DeadLetter[]) {
  const ids = letters.flatMap(({ orderId }) => orderId ?? []);
  const table = { TableName: outputs.OrdersTableName };
  return (await readRows(clients.dynamodb, table, 'order_id', ids)).map(fromItem);
}

function judge(letter: DeadLetter, row: Record<string, unknown> | undefined): JudgedLetter {
  const { status, attempts, last_error, earlier_errors } = attemptsSchema.parse(row ?? {});
  const errors = last_error === undefined ? [] : [last_error, ...earlier_errors];
  const noOrder = whyNoOrder(letter, row);
  // An old cause on the record says nothing of a message that nobody was called for.
  const noted = letter.wasTried ? last_error?.cause : undefined;
  const cause = noted ?? letter.said ?? noOrder ?? NO_CAUSE;
  return {
    ...letter,
    ...{ cause, causeId: causeIdOf(cause), status, attempts, errors, noOrder },
    order: noOrder === undefined ? (row as unknown as Order) : undefined,
  };
}

function whyNoOrder({ orderId }: DeadLetter, row: object | undefined): string | undefined {
  if (orderId === undefined) return NO_MESSAGE;
  if (row === undefined) return 'no order has its id';
  if (!isOrder(row)) return 'what is stored is not an order';
  return row.way === 'sync' ? 'its order is of the sync way, which has no messages' : undefined;
}

/** What differs from one order to the next, and not from one cause to another. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const INSTANT = /\d{4}-\d\d-\d\dT[\d:.]+Z/;
const PARTICULARS = new RegExp(
  [ORDER_ID, UUID, INSTANT, /\d+/].map(({ source }) => source).join('|'),
  'gi',
);

export const causeIdOf = (cause: string): string =>
  createHash('sha256').update(cause.replace(PARTICULARS, '*')).digest('hex').slice(0, 6);

/** The causes, the one with the most messages first. */
export function groupByCause(letters: JudgedLetter[]): DeadLetterCause[] {
  const groups = Map.groupBy(letters, ({ causeId }) => causeId);
  return [...groups]
    .map(([id, group]) => describeGroup(id, group))
    .sort((a, b) => b.messages - a.messages);
}

function describeGroup(id: string, group: JudgedLetter[]): DeadLetterCause {
  const times = group.map(({ sentAt }) => sentAt).sort();
  const queues = Object.entries(Object.groupBy(group, ({ queue }) => queue));
  return {
    id,
    cause: group[0]?.cause ?? NO_CAUSE,
    messages: group.length,
    ...heldBy(group),
    since: times[0] ?? '',
    latest: times.at(-1) ?? '',
    queues: Object.fromEntries(queues.map(([queue, of = []]) => [queue, of.length])),
  };
}

/** Orders that are still open, each counted once, and what they come to. */
export function heldBy(letters: JudgedLetter[]): { orders: number; cents: number } {
  const open = new Map(
    letters.flatMap(({ order }) =>
      order?.status === 'pending' ? [[order.order_id, order.total_cents]] : [],
    ),
  );
  return { orders: open.size, cents: [...open.values()].reduce((sum, cents) => sum + cents, 0) };
}
