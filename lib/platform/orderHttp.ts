import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Fault, OrderError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';
import { parseIdempotencyKey } from '../domain/idempotencyKey.ts';
import type { AsyncWay, Order, Way } from '../domain/order.ts';
import { publicView } from '../domain/orderPromise.ts';
import { type OrderRequest, parseOrderRequest } from '../domain/orderRequest.ts';
import { type Line, retryAfterSeconds } from '../domain/orderWait.ts';
import type { HttpResponse } from './httpStack.ts';
import type { JsonRequest } from './jsonBody.ts';

const KEY_HEADER = 'idempotency-key';

type WayResult<W extends Way> = { way: W } | { fault: Fault };

/** The way that a request asks for, else the stage's own. A parameter given twice arrives joined by a comma. */
export function requestedWay(event: Query, defaultWay: AsyncWay): WayResult<AsyncWay> {
  const [name, way] = wayParameter(event) ?? ['way', defaultWay];
  if (name !== 'way') return { fault: { parameter: name, detail: 'must be written "way"' } };
  if (way === 'queued' || way === 'direct') return { way };
  const detail = `must be given once and be "queued" or "direct", got ${excerpt(way)}`;
  return { fault: { parameter: name, detail } };
}

/** The route that has one way refuses to be told another. */
export function onlyWay<W extends Way>(event: Query, way: W): WayResult<W> {
  const [name, asked] = wayParameter(event) ?? [];
  if (name === undefined) return { way };
  const detail = `is not taken by this route, whose way is ${way}, got ${excerpt(asked)}`;
  return { fault: { parameter: name, detail } };
}

type Query = Pick<APIGatewayProxyEventV2, 'queryStringParameters'>;

/** However it is written, so that no order goes another way than its buyer asked for. */
const wayParameter = ({ queryStringParameters = {} }: Query) => {
  const named = Object.entries(queryStringParameters).filter(
    ([name]) => name.toLowerCase() === 'way',
  );
  return named.find(([name]) => name !== 'way') ?? named[0];
};

/** Reads body and key of a POST. Throws one error with every rule that they and the way break. */
export function readOrderRequest<W extends Way>(
  event: JsonRequest,
  way: WayResult<W>,
): { request: OrderRequest; idempotencyKey: string | undefined; way: W } {
  const body = parseOrderRequest(event.body);
  const key = readKey(event);
  const { bodyFaults = [] } = event;
  if ('request' in body && 'key' in key && 'way' in way && bodyFaults.length === 0) {
    return { request: body.request, idempotencyKey: key.key, way: way.way };
  }
  const faults = [
    ...('fault' in way ? [way.fault] : []),
    ...('fault' in key ? [key.fault] : []),
    ...bodyFaults,
    ...('faults' in body ? body.faults : []),
  ];
  throw new OrderError('invalid_request', summary(faults), { faults });
}

function readKey({ headers }: JsonRequest) {
  const header = headers[KEY_HEADER];
  return header === undefined ? { key: undefined } : parseIdempotencyKey(header);
}

function summary(faults: Fault[]): string {
  const [first] = faults;
  const where = first?.pointer ?? first?.header ?? first?.parameter;
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return `${where} ${first?.detail}${rest}`;
}

export function noSuchOrder(orderId: string): OrderError {
  const detail = `there is no order ${excerpt(orderId)}`;
  return new OrderError('order_not_found', detail, {
    faults: [{ parameter: 'order_id', detail }],
  });
}

/** An order as an answer. */
export function orderResponse(
  statusCode: number,
  order: Order,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    statusCode,
    headers: {
      'content-type': 'application/json',
      location: `/orders/${order.order_id}`,
      ...headers,
    },
    body: JSON.stringify(publicView(order)),
  };
}

/** When to look a pending order up. */
export const pollAfter = (order: Order, nowMs: number, line: Line) => ({
  'retry-after': String(retryAfterSeconds(order, nowMs, line)),
});

export const locationOf = (order: Order) => ({ location: `/orders/${order.order_id}` });

export const REPLAYED = { 'idempotent-replayed': 'true' };
