import { createHash } from 'node:crypto';
import * as z from 'zod';

const share = () => z.number().min(0).max(1).default(0);

/** How the simulated provider is told to fail. Shares are of all charges, from 0 to 1. */
export const paymentFaultsSchema = () =>
  z
    .strictObject({
      decline: share(),
      before: share(),
      after: share(),
      never: share(),
      seed: z.int().default(0),
      by_item: z.boolean().default(false),
      down: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }).optional(),
    })
    .refine(({ before, after, never }) => before + after + never <= 1, {
      error: 'before, after and never must not add up to more than 1',
    });

export type PaymentFaults = z.infer<ReturnType<typeof paymentFaultsSchema>>;
export type ChargeFault = 'before' | 'after' | 'never';

export const isDown = ({ down }: PaymentFaults, nowMs: number): boolean =>
  down !== undefined && nowMs >= Date.parse(down.from) && nowMs < Date.parse(down.to);

/** Depends on seed and charge alone: a charge that was declined is declined in every replay. */
export function isDeclined(faults: PaymentFaults, chargeId: string, itemIds: string[]): boolean {
  if (faults.by_item && itemIds.includes('fault-decline')) return true;
  return draw(faults.seed, 'decline', chargeId) < faults.decline;
}

/**
 * The fault of one call. By share each call draws anew, or a charge that failed before it was begun could never be
 * taken; by item every call of that order fails the same way.
 */
export function faultOf(
  faults: PaymentFaults,
  chargeId: string,
  itemIds: string[],
  nowMs: number,
): ChargeFault | undefined {
  const byItem = (['before', 'after', 'never'] as const).find(
    (fault) => faults.by_item && itemIds.includes(`fault-${fault}`),
  );
  if (byItem !== undefined) return byItem;
  const { before, after, never } = faults;
  const drawn = draw(faults.seed, 'fault', chargeId, String(nowMs));
  if (drawn < before) return 'before';
  if (drawn < before + after) return 'after';
  return drawn < before + after + never ? 'never' : undefined;
}

/** A number from 0 to 1 that looks random and is the same for the same words. */
function draw(seed: number, ...words: string[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...words]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
