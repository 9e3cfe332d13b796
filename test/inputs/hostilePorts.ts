import { connect } from 'node:net';
import type { ReadyFile } from '../../ops/stage.ts';
import { type Draw, draws, jsonValues } from './draw.ts';

export interface PortResult {
  port: string;
  sent: number;
  /** How often which status came; 0 where the port closed without one. */
  statuses: Record<number, number>;
  faults: string[];
}

interface Call {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

interface Port {
  name: string;
  url: string;
  /** One of the calls that it answers. It touches nothing that belongs to an order. */
  call(draw: Draw): Call;
  /** Before everything else, so that the calls find something. */
  prepare: Call[];
}

const ANSWER_WITHIN_MS = 15_000;
const ORDERS_EVERY = 200;
const LANES = 8;
const MOST_FAULTS = 10;
/** For the head to be read before the connection breaks. */
const BREAK_AFTER_MS = 5;

const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f';

const dynamodb = (action: string, body: unknown): Call => ({
  method: 'POST',
  target: '/',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${action}`,
    'x-amz-date': '20261127T000000Z',
    authorization: AUTHORIZATION,
  },
  body: JSON.stringify(body),
});

const sqs = (action: string, body: unknown): Call => ({
  method: 'POST',
  target: '/',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${action}`,
  },
  body: JSON.stringify(body),
});

const sns = (parameters: Record<string, string>): Call => ({
  method: 'POST',
  target: '/',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(parameters).toString(),
});

const json = (method: string, target: string, body?: unknown): Call => ({
  method,
  target,
  headers: { 'content-type': 'application/json' },
  body: body === undefined ? '' : JSON.stringify(body),
});

export function portsOf({ endpoints, console, api, outputs }: ReadyFile): Port[] {
  return [
    tables(endpoints.dynamodb, outputs.OrdersTableName),
    messaging(endpoints.sqs),
    lambdaApi(endpoints.lambda, outputs.OrdersTableName.replace(/orders$/, 'health')),
    consolePort(console),
    { name: 'HTTP API', url: api, prepare: [], call: orderCall },
  ];
}

function tables(url: string, orders: string): Port {
  const TableName = 'hostile';
  const Key = { id: { S: 'x' } };
  const Item = { ...Key, list: { L: [{ S: 'a' }, { N: '1' }] }, map: { M: { a: { BOOL: true } } } };
  const values = { ':n': { N: '1' }, ':s': { S: 'a' } };
  const table = {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  };
  const update = 'SET #n = if_not_exists(#n, :n) + :n, text = :s REMOVE other';
  const calls = [
    dynamodb('CreateTable', { ...table, TableName: 'hostile-2' }),
    dynamodb('DescribeTable', { TableName: orders }),
    dynamodb('ListTables', { Limit: 5 }),
    dynamodb('GetItem', { TableName: orders, Key: { order_id: { S: 'x' } }, ConsistentRead: true }),
    dynamodb('BatchGetItem', { RequestItems: { [orders]: { Keys: [{ order_id: { S: 'x' } }] } } }),
    dynamodb('Scan', {
      TableName: orders,
      Limit: 1,
      FilterExpression: 'total_cents > :n',
      ExpressionAttributeValues: { ':n': values[':n'] },
    }),
    dynamodb('Query', {
      TableName: orders,
      IndexName: 'open-orders',
      KeyConditionExpression: 'open_shard = :s',
      ExpressionAttributeValues: { ':s': values[':s'] },
    }),
    dynamodb('PutItem', { TableName, Item, ConditionExpression: 'attribute_not_exists(id)' }),
    dynamodb('UpdateItem', {
      TableName,
      Key,
      UpdateExpression: update,
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_NEW',
    }),
    dynamodb('UpdateItem', {
      TableName,
      Key,
      AttributeUpdates: { a: { Action: 'PUT', Value: { S: 'x' } } },
      Expected: { a: { Exists: false } },
    }),
    dynamodb('DeleteItem', { TableName, Key, ReturnValues: 'ALL_OLD' }),
    dynamodb('BatchWriteItem', { RequestItems: { hostile: [{ PutRequest: { Item } }] } }),
    dynamodb('TagResource', {
      ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`,
      Tags: [{ Key: 'a', Value: 'b' }],
    }),
    dynamodb('UpdateTable', { TableName, BillingMode: 'PAY_PER_REQUEST' }),
  ];
  return {
    name: 'tables',
    url,
    prepare: [dynamodb('CreateTable', table)],
    call: (draw) => draw.pick(calls),
  };
}

function messaging(url: string): Port {
  const QueueUrl = `${url}/000000000000/hostile`;
  const TopicArn = 'arn:aws:sns:us-east-1:000000000000:hostile';
  const attribute = { way: { DataType: 'String', StringValue: 'queued' } };
  const named = {
    'MessageAttributes.entry.1.Name': 'way',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'queued',
  };
  const calls = [
    sqs('SendMessage', {
      QueueUrl,
      MessageBody: 'm',
      DelaySeconds: 0,
      MessageAttributes: attribute,
    }),
    sqs('SendMessageBatch', {
      QueueUrl,
      Entries: [{ Id: 'a', MessageBody: 'm', MessageAttributes: attribute }],
    }),
    sqs('ReceiveMessage', {
      QueueUrl,
      MaxNumberOfMessages: 1,
      WaitTimeSeconds: 0,
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
    sqs('DeleteMessage', { QueueUrl, ReceiptHandle: 'x' }),
    sqs('DeleteMessageBatch', { QueueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'x' }] }),
    sqs('ChangeMessageVisibilityBatch', {
      QueueUrl,
      Entries: [{ Id: 'a', ReceiptHandle: 'x', VisibilityTimeout: 1 }],
    }),
    sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }),
    sqs('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '5' } }),
    sqs('ListQueues', { QueueNamePrefix: 'h', MaxResults: 5 }),
    sqs('TagQueue', { QueueUrl, Tags: { a: 'b' } }),
    sqs('UntagQueue', { QueueUrl, TagKeys: ['a'] }),
    sns({ Action: 'Publish', TopicArn, Message: 'm', ...named }),
    sns({
      Action: 'PublishBatch',
      TopicArn,
      'PublishBatchRequestEntries.member.1.Id': 'a',
      'PublishBatchRequestEntries.member.1.Message': 'm',
    }),
    sns({
      Action: 'SetTopicAttributes',
      TopicArn,
      AttributeName: 'DisplayName',
      AttributeValue: 'x',
    }),
    sns({
      Action: 'Subscribe',
      TopicArn,
      Protocol: 'sqs',
      Endpoint: 'arn:aws:sqs:us-east-1:000000000000:hostile',
      'Attributes.entry.1.key': 'FilterPolicy',
      'Attributes.entry.1.value': '{"way":["queued"]}',
    }),
    sns({ Action: 'ListSubscriptionsByTopic', TopicArn }),
    json('GET', '/_fauxqs/queues/hostile'),
    json('PUT', '/hostile-bucket/key', { a: 1 }),
  ];
  const prepare = [
    sqs('CreateQueue', { QueueName: 'hostile' }),
    sns({ Action: 'CreateTopic', Name: 'hostile' }),
  ];
  return { name: 'SNS and SQS', url, prepare, call: (draw) => draw.pick(calls) };
}

function lambdaApi(url: string, name: string): Port {
  const calls = [
    json('POST', `/2015-03-31/functions/${name}/invocations`, { version: '2.0', headers: {} }),
    json('GET', `/2015-03-31/functions/${name}`),
    json('GET', '/2015-03-31/functions?MaxItems=1&Marker=x'),
    json('PUT', `/2017-10-31/functions/${name}/concurrency`, { ReservedConcurrentExecutions: -1 }),
    json('GET', '/2015-03-31/event-source-mappings/?FunctionName=x'),
    json('PUT', '/2015-03-31/event-source-mappings/00000000-0000-0000-0000-000000000000', {
      BatchSize: 5,
    }),
    json('PUT', `/2019-09-25/functions/${name}/event-invoke-config`, { MaximumRetryAttempts: 9 }),
    json('DELETE', `/2019-09-25/functions/${name}/event-invoke-config`),
  ];
  return { name: 'Lambda API', url, prepare: [], call: (draw) => draw.pick(calls) };
}

function consolePort(url: string): Port {
  const order = { way: 'queued', body: { customer_id: 0 } };
  const calls = [
    json('GET', '/api/logs?function=x&order=x'),
    json('GET', '/api/history?minutes=x'),
    json('GET', '/api/orders/ord_x'),
    json('GET', '/api/dead-letters'),
    json('GET', '/api/metrics?name=x'),
    json('GET', '/api/sale?quick=maybe'),
    json('POST', '/api/orders', order),
    json('PUT', '/api/workers', { workers: 0 }),
    json('PUT', '/api/mapping', { enabled: 'no' }),
    json('POST', '/api/sale', { phase: 'none' }),
    json('GET', '/page.js'),
    json('GET', '/api'),
  ];
  return { name: 'console', url, prepare: [], call: (draw) => draw.pick(calls) };
}

const orderCall = (draw: Draw): Call =>
  json(
    'POST',
    draw.pick(['/orders/sync', '/orders/async?way=queued', '/orders/async?way=direct']),
    {
      customer_id: 0,
      items: [{ item_id: 'i', name: 'n', price: 1, quantity: 1 }],
    },
  );

// --- What is done to a call -----------------------------------------------------------------------------------------

interface Sent {
  what: string;
  bytes: Buffer;
  /** The connection breaks when it is out. */
  isBroken: boolean;
}

type Breaker = (call: Call, draw: Draw, port: Port) => Sent;

const JSON_VALUES = jsonValues(1);
const ODD_VALUES = [
  'null',
  '0',
  '-1',
  '1e999',
  '""',
  '"x"',
  'true',
  '[]',
  '{}',
  '[null]',
  '{"":null}',
];

const asBytes = ({ method, target, headers, body }: Call, host: string, extra: string[] = []) => {
  const content = Buffer.from(body);
  const head = [
    `${method} ${target} HTTP/1.1`,
    `host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${content.length}`,
    'connection: close',
    ...extra,
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), content]);
};

const hostOf = ({ url }: Port) => new URL(url).host;
const whole = (what: string, call: Call, port: Port, extra: string[] = []): Sent => ({
  what,
  bytes: asBytes(call, hostOf(port), extra),
  isBroken: false,
});

/** Any value of it becomes another. */
function withOddValue(text: string, draw: Draw): string {
  if (!/^[[{]/.test(text)) {
    const pairs = text.split('&').map((pair) => pair.split('='));
    const [name = '', value = ''] = draw.pick(pairs);
    const odd = encodeURIComponent(
      draw.pick(['', '{}', '[]', 'null', '-1', draw.text(1, 30), 'x'.repeat(3e5)]),
    );
    return text.replace(`${name}=${value}`, `${name}=${odd}`);
  }
  const spots = [...text.matchAll(/[:[,](?="|\d|\[|\{|t|f)/g)].map(({ index }) => index + 1);
  const at = draw.pick(spots) ?? 0;
  const odd = draw.chance(0.5) ? draw.pick(ODD_VALUES) : draw.pick(JSON_VALUES);
  const rest = text.slice(at);
  const replaced = /^("(?:[^"\\]|\\.)*"|[\d.]+|true|false|\[\]|\{\})/.exec(rest)?.[0];
  return replaced === undefined
    ? `${text.slice(0, at)}${odd}${text.slice(-1) === '}' ? '}' : ''}`
    : `${text.slice(0, at)}${odd}${rest.slice(replaced.length)}`;
}

const BREAKERS: [share: number, breaker: Breaker][] = [
  [
    8,
    (call, draw, port) =>
      whole('an odd value', { ...call, body: withOddValue(String(call.body), draw) }, port),
  ],
  [
    3,
    (call, draw, port) =>
      whole(
        'another body',
        { ...call, body: draw.pick([...ODD_VALUES, draw.pick(JSON_VALUES), '']) },
        port,
      ),
  ],
  [
    1,
    (call, draw, port) =>
      whole(
        'deep nesting',
        { ...call, body: '['.repeat(draw.pick([500, 9000])) + ']'.repeat(draw.pick([500, 9000])) },
        port,
      ),
  ],
  [
    1,
    (call, draw, port) => {
      const depth = draw.pick([100, 1500, 9000]);
      return whole('nested arrays', { ...call, body: '['.repeat(depth) + ']'.repeat(depth) }, port);
    },
  ],
  [
    2,
    (call, draw, port) =>
      whole('cut JSON', { ...call, body: call.body.slice(0, draw.int(0, call.body.length)) }, port),
  ],
  [1, (call, draw, port) => whole('bytes', { ...call, body: draw.bytes(200) }, port)],
  [
    2,
    (call, draw, port) => {
      const [name = ''] = draw.some(Object.keys(call.headers), 1);
      const headers = {
        ...call.headers,
        [name]: draw.pick(['', 'x', `${call.headers[name]}x`, '\u00ff', 'a.b.c', 'null']),
      };
      return whole('an odd header', { ...call, headers }, port);
    },
  ],
  [
    2,
    (call, draw, port) => {
      const target = draw.pick([
        '/%',
        '//',
        '/%00',
        '/?%',
        '*',
        '/..',
        '/a/b/c/d',
        `/${'a'.repeat(9000)}`,
        `${call.target}/%E0%A4%A`,
        `${call.target}?a=%&a=b`,
        '/\u00e4',
        '/__proto__',
      ]);
      return whole('an odd target', { ...call, target }, port);
    },
  ],
  [
    1,
    (call, draw, port) =>
      whole(
        'another method',
        {
          ...call,
          method: draw.pick(['DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'GET']),
        },
        port,
      ),
  ],
  [
    1,
    (call, draw, port) =>
      whole(
        'absolute form',
        {
          ...call,
          target: `http://${draw.pick([hostOf(port), 'evil.example', ''])}${call.target}`,
          body: 'null',
        },
        port,
      ),
  ],
  [1, (call, _draw, port) => whole('two hosts', call, port, ['host: evil.example'])],
  [
    1,
    (call, draw) => ({
      what: 'a foreign host',
      bytes: asBytes(call, draw.pick(['evil.example', '', '1.2.3.4', '[', 'a b'])),
      isBroken: false,
    }),
  ],
  [
    1,
    (call, draw, port) =>
      whole('a foreign page', call, port, [
        draw.pick(['origin: http://evil.example', 'origin: null', 'sec-fetch-site: cross-site']),
      ]),
  ],
  [
    1,
    (call, draw, port) =>
      whole('a huge header', call, port, [
        `x-large: ${'a'.repeat(draw.pick([9000, 20_000, 100_000]))}`,
      ]),
  ],
  [
    1,
    (call, _draw, port) =>
      whole(
        'many headers',
        call,
        port,
        Array.from({ length: 3000 }, (_, at) => `x-${at}: 1`),
      ),
  ],
  [
    2,
    (call, draw, port) => {
      const bytes = asBytes({ ...call, body: call.body || 'x'.repeat(50) }, hostOf(port));
      return {
        what: 'broken off',
        bytes: bytes.subarray(0, draw.int(10, bytes.length - 1)),
        isBroken: true,
      };
    },
  ],
  [
    1,
    (call, draw, port) => {
      const text = asBytes(call, hostOf(port)).toString('latin1');
      const length = draw.pick([
        '-1',
        'x',
        '1',
        '0',
        '99999999999999999999',
        '5\r\ncontent-length: 6',
        '1\r\ntransfer-encoding: chunked',
      ]);
      return {
        what: 'a wrong length',
        bytes: Buffer.from(
          text.replace(/content-length: \d+/, `content-length: ${length}`),
          'latin1',
        ),
        // For what never comes, a server may wait.
        isBroken: length.startsWith('9') || call.body.length === 0,
      };
    },
  ],
  [
    1,
    (call, draw, port) => {
      const head = asBytes({ ...call, body: '' }, hostOf(port))
        .toString('latin1')
        .replace('content-length: 0', 'transfer-encoding: chunked');
      return {
        what: 'wrong chunks',
        bytes: Buffer.from(
          `${head}${draw.pick(['zz\r\n', '5\r\nabc', 'ffffffff\r\n', '-1\r\n', '0\r\n\r\n'])}`,
          'latin1',
        ),
        isBroken: true,
      };
    },
  ],
  [
    1,
    (_call, draw) => ({
      what: 'no HTTP',
      bytes: Buffer.concat([draw.bytes(draw.int(1, 400)), Buffer.from('\r\n\r\n')]),
      isBroken: true,
    }),
  ],
];
const WEIGHTED = BREAKERS.flatMap(([share, breaker]) => Array<Breaker>(share).fill(breaker));

/** Sends bad requests to one port, and buys an order after each batch of them. */
export async function attackPort(
  port: Port,
  seed: number,
  count: number,
  buy: () => Promise<void>,
  onProgress: (sent: number) => void,
): Promise<PortResult> {
  const faults: string[] = [];
  const statuses: Record<number, number> = {};
  for (const call of port.prepare) {
    const status = await send(port, whole('prepare', call, port));
    if (status !== 200) throw new Error(`${port.name} answered ${status} to ${call.body}`);
  }
  const tell = (fault: string) => void (faults.length < MOST_FAULTS && faults.push(fault));
  let sent = 0;
  const all = draws(seed, count);
  const cases = all.entries();
  const lane = async () => {
    for (const [, draw] of cases) {
      const bad = draw.pick(WEIGHTED)(port.call(draw), draw, port);
      const status = await send(port, bad);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status >= 500 || status < 0)
        tell(`${port.name} answered ${status} to ${bad.what}: ${shown(bad)}`);
      sent += 1;
      onProgress(sent);
      if (sent % ORDERS_EVERY === 0 || sent === count) {
        await buy().catch((error: Error) =>
          tell(`after ${sent} to ${port.name}: ${error.message}`),
        );
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { port: port.name, sent, statuses, faults };
}

const shown = ({ bytes }: Sent): string => JSON.stringify(bytes.toString('latin1').slice(0, 400));

/** The status that came; 0 where the connection closed without one, -1 where neither happened in time. */
async function send({ url }: Port, { bytes, isBroken }: Sent): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  let isLate = false;
  socket.on('data', (chunk: Buffer) => {
    if (answer.length < 100) answer += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.setTimeout(ANSWER_WITHIN_MS, () => {
    isLate = true;
    socket.destroy();
  });
  socket.once('connect', () => {
    socket.write(bytes, () => {
      if (isBroken) setTimeout(() => socket.resetAndDestroy(), BREAK_AFTER_MS);
    });
  });
  await new Promise((resolve) => socket.once('close', resolve));
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1] ?? 0);
  return isLate && status === 0 ? -1 : status;
}
