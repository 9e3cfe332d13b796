import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Fault, OrderError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';
import { parseIdempotencyKey } from '../domain/idempotencyKey.ts';
import { type AsyncWay, type Order, publicView, type Way } from '../domain/order.ts';
import { type OrderRequest, parseOrderRequest } from '../domain/orderRequest.ts';
import type { HttpResponse, JsonRequest } from './httpStack.ts';

const KEY_HEADER = 'idempotency-key';

type WayResult<W extends Way> = { way: W } | { fault: Fault };

/** The way that a request asks for, else the stage's own. A parameter given twice arrives joined by a comma. */
export function requestedWay(
  { queryStringParameters }: Pick<APIGatewayProxyEventV2, 'queryStringParameters'>,
  defaultWay: AsyncWay,
): WayResult<AsyncWay> {
  const way = queryStringParameters?.way;
  if (way === undefined) return { way: defaultWay };
  if (way === 'queued' || way === 'direct') return { way };
  const detail = `must be given once and be "queued" or "direct", got ${excerpt(way)}`;
  return { fault: { parameter: 'way', detail } };
}

/** Reads body and key of a POST. Throws one error with every rule that they and the way break. */
export function readOrderRequest<W extends Way>(
  event: JsonRequest,
  way: WayResult<W>,
): { request: OrderRequest; idempotencyKey: string | undefined; way: W } {
  const body = parseOrderRequest(event.body);
  const key = readKey(event);
  if ('request' in body && 'key' in key && 'way' in way) {
    return { request: body.request, idempotencyKey: key.key, way: way.way };
  }
  const faults = [
    ...('fault' in way ? [way.fault] : []),
    ...('fault' in key ? [key.fault] : []),
    ...('faults' in body ? body.faults : []),
  ];
  throw new OrderError('invalid_request', summary(faults), { faults });
}

function readKey({ headers }: JsonRequest) {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === KEY_HEADER)?.[1];
  return header === undefined ? { key: undefined } : parseIdempotencyKey(header);
}

function summary(faults: Fault[]): string {
  const [first] = faults;
  const where = first?.pointer ?? first?.header ?? first?.parameter;
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return `${where} ${first?.detail}${rest}`;
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

export const locationOf = (order: Order) => ({ location: `/orders/${order.order_id}` });

export const REPLAYED = { 'idempotent-replayed': 'true' };
