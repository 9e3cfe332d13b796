import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Row } from '../../ops/reconciliation/tableReader.ts';
import { type Book, idOf, iso, type Kind, kindOf, NOW_MS, totalOf } from './closedBook.ts';

/** A change of one value in a closed book, with the rules that it breaks: `RULE ORDER`, worked out from its kind alone. */
export interface Change {
  name: string;
  apply(book: Book): Book;
  broken: string[];
}

const [A, B, C] = [
  'a-accepted-has-order',
  'b-completed-equals-charged',
  'c-pending-is-accounted-for',
];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const PAID: Kind[] = ['paidSync', 'paidQueued', 'paidDirect', 'revived'];
const DECLINED: Kind[] = ['declinedSync', 'declinedQueued'];
/** Nothing but the sweeper will bring these on. */
const ONLY_SWEPT: Kind[] = ['awaitsSweeper', 'chargedAwaitsSweeper'];
const isPaid = (kind: Kind) => PAID.includes(kind);
const isDeclined = (kind: Kind) => DECLINED.includes(kind);
const isOpen = (kind: Kind) => !isPaid(kind) && !isDeclined(kind) && kind !== 'cancelled';
const hasCharge = (kind: Kind) => isPaid(kind) || kind === 'chargedAwaitsSweeper';

type Value = AttributeValue | undefined;
/** Values of other types than a text and a number: no rule accepts them. */
const ODD_TYPES: [string, Value][] = [
  ['missing', undefined],
  ['BOOL', { BOOL: true }],
  ['NULL', { NULL: true }],
  ['list', { L: [] }],
  ['map', { M: {} }],
  ['bytes', { B: new Uint8Array([1]) }],
  ['set', { SS: ['completed'] }],
];
const NO_TEXT_AT_ALL: [string, Value][] = [...ODD_TYPES, ['number', { N: '1' }]];
const NO_TEXT: [string, Value][] = [...NO_TEXT_AT_ALL, ['empty', { S: '' }]];
const NO_NUMBER: [string, Value][] = [...ODD_TYPES, ['text', { S: '1000' }]];
const NO_CENTS: [string, Value][] = [
  ...NO_NUMBER,
  ...['-500', '-1', '99.5', '1000.00000000000000000001'].map((N): [string, Value] => [N, { N }]),
];
const OTHER_CENTS: [string, Value][] = [
  ['0', { N: '0' }],
  ['1', { N: '1' }],
];
/** More than the service counts exactly, and so no order to it. */
const IMMENSE_CENTS: [string, Value][] = [['immense', { N: '90071992547409931' }]];
const ITEM = { item_id: { S: 'i' }, name: { S: 'n' }, price: { N: '1' }, quantity: { N: '1' } };
const NO_ITEMS: [string, Value][] = [
  ...Object.keys(ITEM).map((field): [string, Value] => [
    `without ${field}`,
    { L: [{ M: Object.fromEntries(Object.entries(ITEM).filter(([name]) => name !== field)) }] },
  ]),
  ['with half a quantity', { L: [{ M: { ...ITEM, quantity: { N: '0.5' } } }] }],
  ['with a price of three decimals', { L: [{ M: { ...ITEM, price: { N: '0.001' } } }] }],
];
const NOTE: Value = { M: { at: { S: iso(NOW_MS) }, cause: { S: 'a reason' } } };

const NO_NOTES: [string, Value][] = [
  ...NO_TEXT.filter(([name]) => name !== 'missing' && name !== 'list'),
  ['with a text', { L: [NOTE, { S: 'a reason' }] }],
];
const NOTES: [string, Value][] = [
  ['missing', undefined],
  ['list', { L: [] }],
  ['whole', { L: [NOTE, NOTE] }],
];

const texts = (...values: string[]): [string, Value][] => values.map((S) => [S, { S }]);
const numbers = (...values: string[]): [string, Value][] => values.map((N) => [N, { N }]);
const present = (values: [string, Value][]) => values.filter(([, value]) => value !== undefined);

/** Every change that is known here, of every row. */
export function allChanges(book: Book): Change[] {
  return [
    ...book.orders.flatMap((_, index) => orderChanges(index)),
    ...book.charges.flatMap((row, line) => chargeChanges(book, row, line)),
  ];
}

function orderChanges(index: number): Change[] {
  const [id, kind] = [idOf(index), kindOf(index)];
  const set = (field: string, values: [string, Value][], broken: string[]): Change[] =>
    values.map(([name, value]) => ({
      name: `${kind} order: ${field} ${name}`,
      apply: (book) => ({ ...book, orders: withField(book.orders, index, field, value) }),
      broken: broken.map((rule) => `${rule} ${id}`),
    }));
  const swept = (rule: string): string[] => (ONLY_SWEPT.includes(kind) ? unswept(kind, rule) : []);
  const shift = (ms: number): [string, Value] => [`at ${ms} ms`, { S: iso(NOW_MS + ms) }];
  const inZone = (ms: number): [string, Value] => [
    `at ${ms} ms of another zone`,
    { S: iso(NOW_MS + ms).replace('Z', '+09:30') },
  ];
  return [
    ...set(
      'status',
      [...NO_TEXT, ...texts('paid', 'toString', 'Completed', 'pending ')],
      [...(hasCharge(kind) ? [B] : []), C],
    ),
    ...['completed', 'declined', 'cancelled', 'pending'].flatMap((status) =>
      set('status', texts(status), brokenByStatus(kind, status)),
    ),
    ...set('way', [...NO_TEXT, ...texts('other', 'SYNC')], swept(C)),
    ...set('way', texts('queued', 'direct'), []),
    ...set('total_cents', NO_CENTS, [B, ...swept(C)]),
    ...set('total_cents', OTHER_CENTS, hasCharge(kind) ? [B] : []),
    ...set('total_cents', IMMENSE_CENTS, [...(hasCharge(kind) ? [B] : []), ...swept(C)]),
    ...set('revision', [...NO_NUMBER, ...numbers('1.5', '0')], swept(C)),
    ...set('revision', numbers('10000000000', '3'), []),
    ...set('accepted_at', [...NO_TEXT, ...texts('soon')], swept(C)),
    ...set('accepted_at', [shift(-DAY_MS), shift(-1_000)], []),
    ...set('created_at', [...NO_TEXT, ...texts('soon')], swept(C)),
    ...set('created_at', [shift(DAY_MS)], []),
    ...set('open_shard', [...NO_TEXT, ...texts('64', '-1')], swept(C)),
    ...set('sweep_at', [...NO_TEXT, ...texts('soon'), shift(-DAY_MS), shift(DAY_MS)], swept(C)),
    ...set('sweep_at', [shift(-MINUTE_MS), shift(MINUTE_MS), inZone(MINUTE_MS)], []),
    ...set('customer_id', [...NO_NUMBER, ...numbers('0', '-1', '1.5')], swept(C)),
    ...set('items', [...NO_TEXT, ...NO_ITEMS], swept(C)),
    ...['attempt_id', 'request_hash'].flatMap((field) =>
      set(field, present(NO_TEXT_AT_ALL), swept(C)),
    ),
    ...['pledge', 'last_error', 'lease_until', 'completed_at'].flatMap((field) => [
      ...set(field, present(NO_TEXT), swept(C)),
      ...set(field, [['missing', undefined]], []),
    ]),
    ...set('earlier_errors', NO_NOTES, swept(C)),
    ...set('earlier_errors', NOTES, []),
    ...['payment_id', 'decline_reason', 'cancel_reason'].flatMap((field) =>
      set(field, present(NO_TEXT_AT_ALL), swept(C)),
    ),
    ...set('pledge', texts('maybe'), swept(C)),
    ...set('pledge', texts('given', 'withdrawn'), []),
    ...set('attempts', [...present(NO_NUMBER), ...numbers('-1', '0.5')], swept(C)),
    ...set('attempts', numbers('0', '7'), []),
    ...set('last_error', [['whole', NOTE]], []),
    ...set('lease_until', [shift(-MINUTE_MS), shift(DAY_MS)], []),
    ...['promise', 'unknown'].flatMap((field) => set(field, [...NO_TEXT, ...NO_NUMBER], [])),
    ...rowChanges('orders', index, `${kind} order`, {
      missing: brokenWithoutRow(kind).map((rule) => `${rule} ${id}`),
      doubled: brokenAsCopy(kind),
      moved: [...brokenWithoutRow(kind).map((rule) => `${rule} ${id}`), ...brokenAsCopy(kind)],
      rename: (row) => ({ ...row, order_id: { S: 'copy' } }),
    }),
  ];
}

/** Nothing was charged for it, and by its id the sweeper takes it for no order. */
const brokenAsCopy = (kind: Kind): string[] => [
  ...(isPaid(kind) ? [`${B} copy`] : []),
  ...(isOpen(kind) ? [`${C} copy`] : []),
];

/** Its record is gone: the acceptance list names it, and so does its charge. */
const brokenWithoutRow = (kind: Kind): string[] =>
  kind === 'cancelled' ? [] : [A, ...(hasCharge(kind) ? [B] : [])];

/** An order that nothing brings on, and that was charged, breaks two rules. */
const unswept = (kind: Kind, rule: string): string[] =>
  kind === 'chargedAwaitsSweeper' ? [B, rule] : [rule];

function brokenByStatus(kind: Kind, status: string): string[] {
  const isAccepted = kind !== 'cancelled';
  const broken: string[] = [];
  if (isAccepted && status === 'cancelled') broken.push(A);
  if (kind === 'paidSync' && (status === 'declined' || status === 'pending')) broken.push(A);
  if (kind === 'declinedSync' && (status === 'completed' || status === 'pending')) broken.push(A);
  if (status === 'completed' ? !hasCharge(kind) : isPaid(kind)) broken.push(B);
  if (kind === 'chargedAwaitsSweeper' && (status === 'declined' || status === 'cancelled'))
    broken.push(B);
  if (status === 'pending' && !isOpen(kind)) broken.push(C);
  return broken;
}

function chargeChanges(book: Book, row: Row, line: number): Change[] {
  const id = row.order_id?.S ?? '';
  const index = book.orders.findIndex(({ order_id }) => order_id?.S === id);
  const kind = kindOf(index);
  const outcome = row.outcome?.S ?? '';
  const isCharged = outcome === 'charged';
  const own = (rules: string[]) => rules.map((rule) => `${rule} ${id}`);
  const set = (field: string, values: [string, Value][], broken: string[]): Change[] =>
    values.map(([name, value]) => ({
      name: `${outcome} line of ${kind} order: ${field} ${name}`,
      apply: (all) => ({ ...all, charges: withField(all.charges, line, field, value) }),
      broken,
    }));
  const times: [string, Value][] = [...NO_TEXT, ...texts('soon', iso(NOW_MS + DAY_MS))];
  return [
    ...set('charge_id', texts('fresh', `${idOf(0)}#7`), []),
    ...set('order_id', NO_TEXT, isCharged ? own([B]) : []),
    ...set('order_id', texts('nobody'), isCharged ? [...unpaid(kind, id), `${B} nobody`] : []),
    ...[1, 4, 5, 6, 7, 8, 10].flatMap((distance) =>
      movedTo(book, row, line, index, (index + distance) % book.orders.length),
    ),
    ...set('amount_cents', NO_CENTS, own([B])),
    ...set('amount_cents', [...OTHER_CENTS, ...IMMENSE_CENTS], isCharged ? own([B]) : []),
    ...set('outcome', [...NO_TEXT, ...texts('failed', 'refunded', 'Charged')], own([B])),
    ...['charged', 'declined', 'void']
      .filter((other) => other !== outcome)
      .flatMap((other) =>
        set('outcome', texts(other), outcomeBreaks(kind, isCharged, other) ? own([B]) : []),
      ),
    ...set('begun_at', times, []),
    ...set('resolves_at', times, []),
    ...rowChanges('charges', line, `${outcome} line of ${kind} order`, {
      missing: isCharged ? unpaid(kind, id) : [],
      doubled: isCharged ? own([B]) : [],
      moved: [],
      rename: (copied) => ({ ...copied, charge_id: { S: 'fresh' } }),
    }),
  ];
}

/** A completed order whose charge is gone; one that waits for its sweep was not completed for it. */
const unpaid = (kind: Kind, id: string): string[] => (isPaid(kind) ? [`${B} ${id}`] : []);

function outcomeBreaks(kind: Kind, isCharged: boolean, other: string): boolean {
  return isCharged ? isPaid(kind) : other === 'charged';
}

/** The line says that it is another order's, which costs something else. */
function movedTo(book: Book, row: Row, line: number, from: number, to: number): Change[] {
  const [id, target] = [idOf(from), idOf(to)];
  const isCharged = row.outcome?.S === 'charged';
  const move = (name: string, row: Row): Change => ({
    name: `${row.outcome?.S} line of ${kindOf(from)} order: ${name} of ${kindOf(to)}`,
    apply: (all) => ({ ...all, charges: all.charges.map((old, at) => (at === line ? row : old)) }),
    broken: isCharged ? [...unpaid(kindOf(from), id), `${B} ${target}`] : [],
  });
  if (totalOf(from) === totalOf(to)) throw new Error('two orders of the book cost the same');
  const free = `${target}#9`;
  const moves = [move('order_id', { ...row, order_id: { S: target } })];
  if (!book.charges.some(({ charge_id }) => charge_id?.S === free))
    moves.push(move('whole', { ...row, order_id: { S: target }, charge_id: { S: free } }));
  return moves;
}

interface RowChanges {
  missing: string[];
  doubled: string[];
  moved: string[];
  rename: (row: Row) => Row;
}

function rowChanges(
  table: 'orders' | 'charges',
  at: number,
  name: string,
  { rename, ...broken }: RowChanges,
): Change[] {
  const change = (how: keyof typeof broken, rows: (row: Row) => Row[]): Change => ({
    name: `${name}: ${how}`,
    apply: (book) => ({
      ...book,
      [table]: book[table].flatMap((row, index) => (index === at ? rows(row) : [row])),
    }),
    broken: broken[how],
  });
  return [
    change('missing', () => []),
    change('doubled', (row) => [row, rename(row)]),
    change('moved', (row) => [rename(row)]),
  ];
}

function withField(rows: Row[], at: number, field: string, value: Value): Row[] {
  return rows.map((row, index) => {
    if (index !== at) return row;
    const { [field]: _, ...others } = row;
    return value === undefined ? others : { ...others, [field]: value };
  });
}
