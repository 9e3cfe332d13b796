import { readFileSync } from 'node:fs';
import * as z from 'zod';
import {
  gatewayMessageSchema,
  healthSchema,
  problemSchema,
  publicOrderSchema,
} from '../../contracts/orderApi.ts';
import type { ErrorCode } from '../../lib/domain/errors.ts';
import { BARE_KEY } from '../../lib/domain/idempotencyKey.ts';
import { ASYNC_WAYS } from '../../lib/domain/order.ts';
import { orderRequestSchema } from '../../lib/domain/orderRequest.ts';
import { problemKind } from '../../lib/platform/problems.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

const SCHEMAS = {
  OrderRequest: orderRequestSchema,
  Order: publicOrderSchema,
  Problem: problemSchema,
  Health: healthSchema,
  GatewayMessage: gatewayMessageSchema,
};
type SchemaName = keyof typeof SCHEMAS;

const HEADERS = {
  Location: { description: 'where the order is', schema: { type: 'string' } },
  'Retry-After': {
    description: 'seconds until it is worth asking again',
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
  },
  'Idempotent-Replayed': {
    description: 'the request repeated another one, whose order this is',
    schema: { const: 'true' },
  },
};

const KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes a repeat safe: the same customer and key with the same body and way is the same order. 1 to 255 visible ASCII characters, bare (without a comma or a quote) or in double quotes.',
  schema: { type: 'string', pattern: BARE_KEY.source },
};
const WAY = {
  name: 'way',
  in: 'query',
  description: 'Without it, the way that the stage is set to.',
  schema: { enum: ASYNC_WAYS },
};
const ORDER_ID = {
  name: 'order_id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
};

const POST_PROBLEMS: ErrorCode[] = [
  'invalid_request',
  'order_in_progress',
  'sold_out',
  'customer_limit',
  'payload_too_large',
  'unsupported_media_type',
  'key_reused',
  'outcome_unknown',
  'not_taken',
];

interface Operation {
  summary: string;
  success: { status: number; description: string; body: SchemaName; headers?: Header[] };
  problems: ErrorCode[];
  parameters?: object[];
  body?: SchemaName;
}
type Header = keyof typeof HEADERS;

/** Each route of the manifest by its key, without HEAD, which answers as GET does. */
const OPERATIONS: Record<string, Operation> = {
  'POST /orders/sync': {
    summary: 'Takes an order and pays it while the buyer waits',
    parameters: [KEY],
    body: 'OrderRequest',
    success: {
      status: 200,
      description: 'The order is paid',
      body: 'Order',
      headers: ['Location', 'Idempotent-Replayed'],
    },
    problems: [...POST_PROBLEMS, 'payment_declined', 'order_cancelled', 'provider_down'],
  },
  'POST /orders/async': {
    summary: 'Takes an order for later: it will reach exactly one end',
    parameters: [WAY, KEY],
    body: 'OrderRequest',
    success: {
      status: 202,
      description: 'The order is taken; its promise says when it should have ended',
      body: 'Order',
      headers: ['Location', 'Retry-After', 'Idempotent-Replayed'],
    },
    problems: [...POST_PROBLEMS, 'not_configured', 'line_too_long'],
  },
  'GET /orders/{order_id}': {
    summary: 'The order as it stands now',
    parameters: [ORDER_ID],
    success: {
      status: 200,
      description: 'The order; with Retry-After while it is pending',
      body: 'Order',
      headers: ['Location', 'Retry-After'],
    },
    problems: ['order_not_found'],
  },
  'DELETE /orders/{order_id}': {
    summary: 'Cancels a pending order for good, unless its charge was begun',
    parameters: [ORDER_ID],
    success: {
      status: 200,
      description: 'The order, cancelled',
      body: 'Order',
      headers: ['Location'],
    },
    problems: ['order_not_found', 'cannot_cancel', 'outcome_unknown'],
  },
  'GET /health': {
    summary: 'Whether the function runs; it asks no table and no topic',
    success: { status: 200, description: 'It runs', body: 'Health' },
    problems: [],
  },
};

/** The order API as OpenAPI 3.1, from the schemas that judge requests and the table that answers errors. */
export function orderApiDocument() {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Flash sale',
      version,
      description:
        'Takes orders in three ways. Problems are RFC 9457; each names every fault of the request.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: paths(),
    components: { schemas: mapValues(SCHEMAS, jsonSchema), headers: HEADERS },
  };
}

/** As `docs/openapi.json` keeps it. */
export const orderApiText = (): string => `${JSON.stringify(orderApiDocument(), null, 2)}\n`;

function paths() {
  const byPath: Record<string, Record<string, Described>> = {};
  for (const [routeKey, described] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = routeKey.split(' ');
    const verb = method.toLowerCase();
    const name = path.split('/').slice(1).join('_').replaceAll(/[{}]/g, '');
    const operations = byPath[path] ?? {};
    operations[verb] = operation(`${verb}_${name}`, described);
    if (verb === 'get') operations.head = headOf(operation(`head_${name}`, described));
    byPath[path] = operations;
  }
  return byPath;
}

function operation(operationId: string, described: Operation) {
  const { summary, success, problems, parameters = [], body } = described;
  return {
    operationId,
    summary,
    parameters,
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      [success.status]: {
        description: success.description,
        headers: headers(success.headers ?? []),
        content: json(success.body),
      },
      ...problemResponses([...problems, 'internal_error']),
    },
  };
}

type Described = ReturnType<typeof operation>;

/** The same answers, without their bodies. */
const headOf = (get: Described): Described => ({
  ...get,
  responses: mapValues(
    get.responses,
    ({ content: _, ...response }: { content?: object }) => response,
  ),
});

/** One for each status; 429 and some 500 and 503 are the gateway's own. */
function problemResponses(codes: (ErrorCode | 'internal_error')[]) {
  const titles: Record<string, string[]> = {
    429: ['Too many requests'],
    503: ['No concurrency is left'],
  };
  const own = new Set<string>();
  for (const { status, title } of codes.map(problemKind)) {
    own.add(String(status));
    titles[status] = [...(titles[status] ?? []), title];
  }
  return mapValues(titles, (said, status) => ({
    description: said.join('; '),
    headers: headers(['Location', 'Retry-After']),
    content: {
      ...(own.has(status) && { 'application/problem+json': { schema: reference('Problem') } }),
      ...(Number(status) === 429 || Number(status) >= 500 ? json('GatewayMessage') : {}),
    },
  }));
}

const headers = (names: Header[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
const reference = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: SchemaName) => ({ 'application/json': { schema: reference(name) } });

function jsonSchema(schema: z.core.$ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: wholeCents });
  return rest;
}

/** A refinement has no JSON Schema of its own; of the numbers that are not whole, all are prices. */
function wholeCents({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.type === 'number') jsonSchema.multipleOf = 0.01;
}

const mapValues = <T, R>(
  values: Record<string, T>,
  change: (value: T, key: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
