import type { OrderService } from '../../../contracts/orderPanelsApi.ts';
import type { OrderSample } from '../../../contracts/orderSample.ts';
import { orderIdIn } from '../../../lib/domain/order.ts';
import type { App, Found } from '../../page/app.ts';

export type OrderApp = App<OrderSample, OrderService>;

/** The id in whatever was pasted: an id, an address, a log line, an answer. */
export const findOrderId = (text: string): string | undefined => orderIdIn(text.toLowerCase());

export function findOrder(text: string): Found | undefined {
  const order = findOrderId(text);
  return order === undefined ? undefined : { label: order, address: { view: 'orders', order } };
}
