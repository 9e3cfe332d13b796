import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { cancelOrder } from '../lib/domain/cancelOrder.ts';
import type { PaymentDeps } from '../lib/domain/chargeOrder.ts';
import { isOrderId } from '../lib/domain/order.ts';
import { orderCancelRules, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, httpStack } from '../lib/platform/httpStack.ts';
import { noSuchOrder, orderResponse } from '../lib/platform/orderHttp.ts';
import { paymentDeps } from '../lib/wiring.ts';

/** DELETE /orders/{order_id}: the order, cancelled. Repeated, it answers the same. */
export const createOrderCancel =
  (deps: PaymentDeps) =>
  async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const orderId = event.pathParameters?.order_id ?? '';
    const order = isOrderId(orderId) ? await cancelOrder(deps, orderId) : undefined;
    if (order === undefined) throw noSuchOrder(orderId);
    return orderResponse(200, order);
  };

const liveDeps = (): PaymentDeps => paymentDeps(readConfig(orderCancelRules()));

export const handler = httpStack(createOrderCancel(liveDeps()));
