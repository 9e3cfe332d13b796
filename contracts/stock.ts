import * as z from 'zod';

const count = z.int().min(0);
const time = z.string().nullable();

/** The units of one item, added up from its rows. */
export const itemStockSchema = z.object({
  item_id: z.string(),
  /** Free, held and sold together. */
  stock: count,
  free: count,
  /** Of orders that have not ended yet. */
  held: count,
  sold: count,
  /** When the first and the last of the units that are not free were taken. */
  first_held_at: time,
  last_held_at: time,
  /** When the last unit was taken; null while any is free. */
  sold_out_since: time,
});
export type ItemStock = z.infer<typeof itemStockSchema>;

/** The same as the books have it: held by orders that are not completed, sold to those that are. */
export const stockTotalsSchema = itemStockSchema.pick({
  item_id: true,
  stock: true,
  free: true,
  held: true,
  sold: true,
});
export type StockTotals = z.infer<typeof stockTotalsSchema>;

/** What `sls stock list --json` prints. */
export const stockListSchema = z.object({ items: z.array(itemStockSchema) });
export type StockList = z.infer<typeof stockListSchema>;
