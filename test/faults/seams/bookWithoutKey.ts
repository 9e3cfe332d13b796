import { dynamoChargeBook as opened } from './dynamoChargeBook.ts';

/** Each call books a charge of its own: what the books must find. */
export const dynamoChargeBook: typeof opened = (client, table) => {
  const book = opened(client, table);
  return {
    ...book,
    putIfAbsent: (charge) =>
      book.putIfAbsent(
        charge.outcome === 'void'
          ? charge
          : { ...charge, charge_id: `${charge.charge_id}${Math.random()}` },
      ),
  };
};
