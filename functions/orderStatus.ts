import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { dynamoClient } from '../lib/adapters/dynamoClient.ts';
import { dynamoOrderStore } from '../lib/adapters/dynamoOrderStore.ts';
import { OrderError } from '../lib/domain/errors.ts';
import { excerpt } from '../lib/domain/excerpt.ts';
import { isOrderId } from '../lib/domain/order.ts';
import type { OrderStore } from '../lib/domain/ports.ts';
import { dynamoAccess } from '../lib/platform/awsAccess.ts';
import { orderStatusSchema, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, httpStack } from '../lib/platform/httpStack.ts';
import { orderResponse } from '../lib/platform/orderHttp.ts';

type Deps = Pick<OrderStore, 'get'>;

const POLL_AFTER = { 'retry-after': '1' };

/** GET /orders/{order_id}: the order as it stands now; never 404 for one that was answered 202. */
export const createOrderStatus =
  (store: Deps) =>
  async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const orderId = event.pathParameters?.order_id ?? '';
    const order = isOrderId(orderId) ? await store.get(orderId) : undefined;
    if (order === undefined) {
      const detail = `there is no order ${excerpt(orderId)}`;
      throw new OrderError('order_not_found', detail, {
        faults: [{ parameter: 'order_id', detail }],
      });
    }
    return orderResponse(200, order, order.status === 'pending' ? POLL_AFTER : {});
  };

const liveDeps = (): Deps =>
  dynamoOrderStore(dynamoClient(dynamoAccess()), readConfig(orderStatusSchema()).ORDERS_TABLE);

export const handler = httpStack(createOrderStatus(liveDeps()));
