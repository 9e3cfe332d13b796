import { dynamoChargeBook as opened } from '../../../lib/adapters/dynamoChargeBook.ts';
import { faultPoint } from './faultPoint.ts';

/** Strikes once a charge is begun. The provider does not know which way its order came. */
export const dynamoChargeBook: typeof opened = (client, table) => {
  const book = opened(client, table);
  return {
    ...book,
    async putIfAbsent(charge) {
      const isFirst = await book.putIfAbsent(charge);
      if (isFirst && charge.outcome !== 'void') {
        await faultPoint('mid-payment', { order_id: charge.order_id, way: 'any' });
      }
      return isFirst;
    },
  };
};
