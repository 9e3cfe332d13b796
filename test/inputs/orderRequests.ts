import { gzipSync } from 'node:zlib';
import type { Draw } from './draw.ts';
import { type JsonText, quote, raw, write, writeHundredths, writeWhole } from './jsonText.ts';

export type Way = 'sync' | 'queued' | 'direct';

export interface WantedOrder {
  way: Way;
  customer_id: number;
  items: { item_id: string; name: string; price: number; quantity: number }[];
  total_cents: number;
}

/** What has to come of a request, known from how it was made. */
export type Expected =
  | { order: WantedOrder }
  /** The same order as the request before it. */
  | { replay: WantedOrder }
  /** By the service, which names every one of these: a JSON Pointer, a header or a parameter. */
  | { refused: number; names: string[][] }
  /** By the service, or by the gateway in front of it. */
  | { notFound: true };

export interface InputRequest {
  /** What was done to it. */
  what: string;
  method: string;
  target: string;
  headers: [string, string][];
  body: Buffer | undefined;
  expected: Expected;
}

/** A valid order while it is put together. */
interface Plan {
  way: Way;
  target: string;
  contentType: string | undefined;
  headers: [string, string][];
  root: [string, JsonText][];
  items: [string, JsonText][][];
  order: WantedOrder;
}

interface Change {
  what: string;
  /** Of the service's names for the fault, one is enough. */
  names: string[];
}

const KEY_UNITS = "!#$%&'()*+-./0123456789:;<=>?@ABCXYZ[]^_`abcxyz{|}~";
const VALID_SHARE = 0.4;

/** The requests of one case, to be sent one after the other. */
export function drawRequests(draw: Draw, index: number): InputRequest[] {
  if (draw.chance(VALID_SHARE)) {
    const plan = drawPlan(draw, index);
    return draw.chance(0.15) ? repeats(plan, draw, index) : [asRequest('valid', plan, draw)];
  }
  if (draw.chance(0.04)) return [drawNowhere(draw)];
  return [draw.chance(0.55) ? withBrokenRules(draw, index) : withBrokenWhole(draw, index)];
}

function drawPlan(draw: Draw, index: number): Plan {
  const way = draw.pick(['sync', 'queued', 'queued', 'direct', 'direct'] as const);
  const customer = draw.chance(0.1) ? Number.MAX_SAFE_INTEGER - index : draw.int(1, 2 ** 31 - 1);
  const count = draw.chance(0.02) ? 100 : draw.int(1, 4);
  const wanted = Array.from({ length: count }, () => ({
    item_id: draw.text(1, count > 4 ? 8 : 64),
    name: draw.text(1, count > 4 ? 8 : draw.pick([20, 20, 256])),
    cents: draw.pick([0, 1, 100_000_000, draw.int(0, 100_000_000), draw.int(0, 5000)]),
    quantity: draw.pick([1, 1000, draw.int(1, 1000)]),
  }));
  const items = wanted.map(({ item_id, name, cents, quantity }): [string, JsonText][] => [
    ['item_id', raw(quote(item_id, draw))],
    ['name', raw(quote(name, draw))],
    ['price', raw(cents === 0 && draw.chance(0.1) ? '-0' : writeHundredths(cents, draw))],
    ['quantity', raw(writeWhole(quantity, draw))],
  ]);
  const order = {
    way,
    customer_id: customer,
    items: wanted.map(({ cents, ...item }) => ({ ...item, price: cents / 100 })),
    total_cents: wanted.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0),
  };
  const contentType = draw.pick([
    'application/json',
    'application/json',
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json \t; charset="UTF-8"',
  ]);
  return {
    way,
    target: way === 'sync' ? '/orders/sync' : `/orders/async?way=${way}`,
    contentType,
    headers: draw.chance(0.3) ? [['idempotency-key', drawKey(draw, index)]] : [],
    root: [
      ['customer_id', raw(writeWhole(customer, draw))],
      ['items', { array: [] }],
    ],
    items,
    order,
  };
}

/** No two cases share one. */
function drawKey(draw: Draw, index: number): string {
  const length = draw.pick([1, 8, 200]);
  const key = `${Array.from({ length }, () => draw.pick([...KEY_UNITS])).join('')}${index}`;
  return draw.chance(0.3) ? `"${key}"` : key;
}

function asRequest(what: string, plan: Plan, draw: Draw, expected?: Expected): InputRequest {
  return {
    what,
    method: 'POST',
    target: plan.target,
    headers: headersOf(plan),
    body: Buffer.from(textOf(plan, draw)),
    expected: expected ?? { order: plan.order },
  };
}

const headersOf = ({ contentType, headers }: Plan): [string, string][] => [
  ...(contentType === undefined ? [] : [['content-type', contentType] as [string, string]]),
  ...headers,
];

/** Members in any order: they mean the same. */
function textOf({ root, items }: Plan, draw: Draw): string {
  const shuffled = (members: [string, JsonText][]) => draw.some(members, members.length);
  const list = { array: items.map((members): JsonText => ({ object: shuffled(members) })) };
  const members = root.map(([name, value]): [string, JsonText] => [
    name,
    name === 'items' && 'array' in value ? list : value,
  ]);
  return write({ object: shuffled(members) }, draw);
}

/** An order, its repeat, and its key on something else. */
function repeats(plan: Plan, draw: Draw, index: number): InputRequest[] {
  const headers: [string, string][] = [['idempotency-key', drawKey(draw, index)]];
  const keyed = { ...plan, headers };
  const other = { ...keyed, items: [...keyed.items, ...keyed.items].slice(0, 100) };
  const isOther = other.items.length !== keyed.items.length;
  return [
    asRequest('valid with a key', keyed, draw),
    asRequest('the same again', keyed, draw, { replay: plan.order }),
    ...(isOther
      ? [
          asRequest('another order with its key', other, draw, {
            refused: 422,
            names: [['idempotency-key']],
          }),
        ]
      : []),
  ];
}

function drawNowhere(draw: Draw): InputRequest {
  const path = draw.pick([
    '/',
    '/orders',
    '/orders/',
    '/orders/sync/',
    '/orders/async/x',
    '/health/',
    '/Orders/sync',
    '/orders/%',
    '/orders/ord_0',
    `/orders/ord_${'0'.repeat(32)}`,
    `/orders/${encodeURIComponent(draw.text(1, 40))}`,
    '//',
    '/..%2f..',
  ]);
  const method = /^\/orders\/[^/]+$/.test(path) ? 'GET' : draw.pick(['GET', 'DELETE', 'PATCH']);
  return {
    what: `${method} of no route or order`,
    method,
    target: path,
    headers: [],
    body: undefined,
    expected: { notFound: true },
  };
}

// --- Rules of fields, key and way: every one that is broken is named ------------------------------------------------

const NO_NUMBER = ['null', 'true', '"7"', '""', '[]', '{}', '[1]'];
const NO_TEXT = ['null', 'false', '0', '1.5', '[]', '{}', '""', '"\\ud800"', '"a\\udc00b"'];
const WRONG_VALUES: Record<string, (draw: Draw) => string> = {
  customer_id: (draw) =>
    draw.pick([
      ...NO_NUMBER,
      ...['0', '-1', '1.5', '9007199254740992', '9007199254740993', '9007199254740990.6', '1e400'],
      ...['2.0000000000000001', '1e-7', '-9007199254740991', '0.9999999999999999999'],
    ]),
  item_id: (draw) => draw.pick([...NO_TEXT, quote('x'.repeat(draw.int(65, 300)), draw)]),
  name: (draw) => draw.pick([...NO_TEXT, quote('ü'.repeat(draw.int(257, 600)), draw)]),
  price: (draw) =>
    draw.pick([
      ...NO_NUMBER,
      ...['-0.01', '-1', '1000000.01', '1e7', '0.001', '19.999', '1e-3', '1e400', '-1e400'],
      ...['19.990000000000001', '0.1000000000000000055511151231257827', '1000000.0000000000001'],
    ]),
  quantity: (draw) =>
    draw.pick([
      ...NO_NUMBER,
      ...[
        '0',
        '-0',
        '-1',
        '1001',
        '1.5',
        '1e3000',
        '2.0000000000000001',
        '1e-1',
        '999.99999999999999999',
      ],
    ]),
};
const ITEM_FIELDS = ['item_id', 'name', 'price', 'quantity'];

function withBrokenRules(draw: Draw, index: number): InputRequest {
  const plan = drawPlan(draw, index);
  const places = ['customer_id', 'item', 'item', 'root', 'key', 'way', 'items'] as const;
  const changes = new Set(draw.some(places, draw.pick([1, 1, 1, 2, 3])));
  const done: Change[] = [];
  for (const place of changes) {
    if (place === 'customer_id') done.push(breakMember(plan.root, '#', ['customer_id'], draw));
    if (place === 'root') done.push(addUnknown(plan.root, '#', draw));
    if (place === 'key') done.push(breakKey(plan, draw));
    if (place === 'way') done.push(breakWay(plan, draw));
    if (place === 'item' && !changes.has('items')) done.push(breakItem(plan, draw));
    if (place === 'items') done.push(breakItems(plan, draw));
  }
  // A name that could reach a prototype is refused with the whole body, before anything else is looked at.
  const whole = done.some(({ names }) => /__proto__$|constructor$|prototype$/.test(names[0] ?? ''));
  return asRequest(done.map(({ what }) => what).join(', '), plan, draw, {
    refused: 400,
    names: done.map(({ names }) => (whole ? [...names, '#'] : names)),
  });
}

function breakItem({ items }: Plan, draw: Draw): Change {
  const at = draw.int(0, items.length - 1);
  const members = items[at] ?? [];
  const pointer = `#/items/${at}`;
  return draw.chance(0.2)
    ? addUnknown(members, pointer, draw)
    : breakMember(members, pointer, ITEM_FIELDS, draw);
}

function breakMember(
  members: [string, JsonText][],
  parent: string,
  fields: string[],
  draw: Draw,
): Change {
  const field = draw.pick(fields);
  const names = [`${parent}/${field}`];
  const at = members.findIndex(([name]) => name === field);
  const how = draw.pick(['wrong', 'wrong', 'wrong', 'wrong', 'missing', 'twice']);
  if (how === 'missing') members.splice(at, 1);
  if (how === 'twice') members.push([field, members[at]?.[1] ?? raw('1')]);
  if (how !== 'wrong') return { what: `${field} ${how}`, names };
  const value = WRONG_VALUES[field]?.(draw) ?? 'null';
  members[at] = [field, raw(value)];
  return { what: `${field} ${value.slice(0, 40)}`, names };
}

function addUnknown(members: [string, JsonText][], parent: string, draw: Draw): Change {
  const name = draw.pick([
    ...['Customer_id', 'customer_id ', 'ITEMS', '', 'status', 'order_id', 'total_cents', 'a/b~c'],
    ...['toString', 'hasOwnProperty', '__proto__', 'constructor', 'prototype', draw.text(1, 20)],
  ]);
  members.push([name, raw(draw.pick(['1', 'null', '{}', '"x"', '[[]]']))]);
  const token = encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
  return { what: `unknown field ${name}`, names: [`${parent}/${token}`] };
}

function breakItems(plan: Plan, draw: Draw): Change {
  const value = draw.pick(['null', '{}', '"x"', '7', '[]', 'missing', '101', '[null]', '[[]]']);
  const at = plan.root.findIndex(([name]) => name === 'items');
  const inItem = value === '[null]' || value === '[[]]';
  if (value === 'missing') plan.root.splice(at, 1);
  else if (value === '101') {
    const [first = []] = plan.items;
    plan.items = Array.from({ length: 101 }, () => [...first]);
  } else plan.root[at] = ['items', raw(value)];
  return { what: `items ${value}`, names: [inItem ? '#/items/0' : '#/items'] };
}

function breakKey(plan: Plan, draw: Draw): Change {
  const key = draw.pick([
    ...['', 'a b', 'a,b', '"', '"a', 'a"', '""', '"a" "b"', '"a\\x"', 'caf\u00e9', 'a\tb'],
    'k'.repeat(256),
  ]);
  plan.headers = [['idempotency-key', key]];
  if (draw.chance(0.15)) plan.headers = ['a', 'b'].map((one) => ['idempotency-key', one]);
  return { what: `key ${key.slice(0, 20)}`, names: ['idempotency-key'] };
}

function breakWay(plan: Plan, draw: Draw): Change {
  const name = draw.pick(['way', 'way', 'WAY', 'Way']);
  const value = draw.pick(['sync', 'QUEUED', '', 'queued,direct', '%20queued', 'queue', '%ff']);
  const onSync = plan.way === 'sync';
  const query = onSync || name !== 'way' ? `${name}=queued` : `way=${value}`;
  const twice = !onSync && draw.chance(0.2) ? '&way=direct' : '';
  plan.target = `/orders/${onSync ? 'sync' : 'async'}?${query}${twice}`;
  return { what: `?${query}${twice}`, names: ['way', name] };
}

// --- The request as a whole: nothing else is looked at -------------------------------------------------------------

const BROKEN_WHOLES: Record<string, (text: string, plan: Plan, draw: Draw) => string | Buffer> = {
  'cut off': (text, _, draw) => text.trim().slice(0, draw.int(0, text.trim().length - 1)),
  'no JSON': (_text, _, draw) =>
    draw.pick(['{', '}', 'undefined', 'NaN', "{'a':1}", '{"a":1,}', '[1,]', '// x\n{}', 'a=1&b=2']),
  'something after it': (text, _, draw) => `${text}${draw.pick(['}', 'x', ',', '{}', '\u0000'])}`,
  'a byte order mark': (text) => `\ufeff${text}`,
  'no object': (_text, _, draw) => draw.pick(['[]', 'null', '1', '"x"', 'true', '[{}]']),
  'bytes that are no UTF-8': (text, _, draw) => {
    const bytes = Buffer.from(text);
    const at = draw.int(1, bytes.length - 1);
    const wrong = Buffer.from(
      draw.pick([[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xc0, 0x80], [0xed, 0xa0, 0x80]]),
    );
    return Buffer.concat([bytes.subarray(0, at), wrong, bytes.subarray(at)]);
  },
  'nested too deeply': (_text, _, draw) => '['.repeat(draw.pick([3000, 9000, 100_000])),
};

function withBrokenWhole(draw: Draw, index: number): InputRequest {
  const plan = drawPlan(draw, index);
  const kind = draw.pick(['body', 'body', 'type', 'encoding', 'size'] as const);
  if (kind === 'type') return withWrongType(plan, draw);
  if (kind === 'encoding') return withEncoding(plan, draw);
  if (kind === 'size' && draw.chance(0.2)) return tooLarge(plan, draw);
  const what = draw.pick(Object.keys(BROKEN_WHOLES));
  const body = BROKEN_WHOLES[what]?.(textOf(plan, draw), plan, draw) ?? '';
  return {
    ...asRequest(what, plan, draw, { refused: 400, names: [['#']] }),
    body: Buffer.from(body),
  };
}

function withWrongType(plan: Plan, draw: Draw): InputRequest {
  const contentType = draw.pick([
    ...['text/plain', 'application/x-www-form-urlencoded', 'text/json', 'application/xml', 'json'],
    ...['application/problem+json', 'application/vnd.api+json', 'application/json+x', '*/*', ''],
    ...['application/json; charset=latin1', 'application/json, text/plain', 'application/jsonx'],
    undefined,
  ]);
  return asRequest(`content-type ${contentType}`, { ...plan, contentType }, draw, {
    refused: 415,
    names: [['content-type']],
  });
}

function withEncoding(plan: Plan, draw: Draw): InputRequest {
  const encoding = draw.pick(['gzip', 'GZIP', 'deflate', 'br', 'x-none', 'identity, gzip']);
  plan.headers.push(['content-encoding', encoding]);
  const request = asRequest(`content-encoding ${encoding}`, plan, draw, {
    refused: 415,
    names: [['content-encoding']],
  });
  return draw.chance(0.5) ? { ...request, body: gzipSync(request.body ?? '') } : request;
}

function tooLarge(plan: Plan, draw: Draw): InputRequest {
  const text = textOf(plan, draw);
  const body = Buffer.from(`${' '.repeat(256 * 1024 + 1 - Buffer.byteLength(text.trim()))}${text}`);
  return {
    ...asRequest('over 256 KiB', plan, draw, { refused: 413, names: [['#']] }),
    body,
  };
}
