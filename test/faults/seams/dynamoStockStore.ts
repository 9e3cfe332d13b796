import { dynamoStockStore as opened } from '../../../lib/adapters/dynamoStockStore.ts';
import { orderIdIn } from '../../../lib/domain/order.ts';
import { faultPoint } from './faultPoint.ts';

export * from '../../../lib/adapters/dynamoStockStore.ts';

/** Strikes between two writes of a stock: what is done before one of them is left alone. */
export const dynamoStockStore: typeof opened = (client, name) => {
  const stock = opened(client, name);
  const point = (place: string, holder: string) =>
    faultPoint(place, { order_id: orderIdIn(holder) ?? '', way: 'any' });
  return {
    ...stock,
    async claim(claim) {
      const claimed = await stock.claim(claim);
      if (claimed.isHeld) await point('after-claim', claim.holder);
      return claimed;
    },
    async sell(rowId, holdings) {
      for (const { holder } of holdings) await point('before-sell', holder);
      return stock.sell(rowId, holdings);
    },
    async free(holder, held) {
      await point('before-free', holder);
      return stock.free(holder, held);
    },
  };
};
