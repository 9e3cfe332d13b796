/** The most an item may cost, in currency units. 100 items of 1,000 pieces stay below 2^53 cents. */
export const MAX_PRICE = 1_000_000;

/**
 * Whether the number is a price: 0 to 1,000,000 with at most two decimals. Dividing whole cents by 100 gives the
 * double nearest to that decimal, which is what the text `19.99` was read as; so equality is exact.
 */
export const isPrice = (value: number): boolean =>
  value >= 0 && value <= MAX_PRICE && Math.round(value * 100) / 100 === value;

/** Whole cents of a price that `isPrice` holds for. */
export const toCents = (price: number): number => Math.round(price * 100);

export const totalCents = (items: { price: number; quantity: number }[]): number =>
  items.reduce((sum, { price, quantity }) => sum + toCents(price) * quantity, 0);
