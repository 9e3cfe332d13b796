import { hash } from 'node:crypto';
import * as z from 'zod/mini';

const SHARE_RULE = 'must be a number from 0 to 1';
const MOMENT_RULE = 'must be a moment such as 2026-11-27T12:00:00Z';
const FIELDS_RULE = 'has only decline, before, after, never, seed, by_item and down (from, to)';

const share = () =>
  z._default(
    z.number({ error: SHARE_RULE }).check(z.minimum(0, SHARE_RULE), z.maximum(1, SHARE_RULE)),
    0,
  );
const moment = () => z.iso.datetime({ error: MOMENT_RULE });

/** How the simulated provider is told to fail. Shares are of all charges, from 0 to 1. */
export const paymentFaultsSchema = () =>
  z
    .strictObject(
      {
        decline: share(),
        before: share(),
        after: share(),
        never: share(),
        seed: z._default(z.int({ error: 'must be a whole number' }), 0),
        by_item: z._default(z.boolean({ error: 'must be true or false' }), false),
        down: z.optional(z.strictObject({ from: moment(), to: moment() }, { error: FIELDS_RULE })),
      },
      { error: FIELDS_RULE },
    )
    .check(
      z.refine(
        ({ before, after, never }) => before + after + never <= 1,
        'before, after and never must not add up to more than 1',
      ),
    );

export type PaymentFaults = z.infer<ReturnType<typeof paymentFaultsSchema>>;
export type ChargeFault = 'before' | 'after' | 'never';

export const isDown = ({ down }: PaymentFaults, nowMs: number): boolean =>
  down !== undefined && nowMs >= Date.parse(down.from) && nowMs < Date.parse(down.to);

/** Depends on seed and charge alone: a charge that was declined is declined in every replay. */
export function isDeclined(faults: PaymentFaults, chargeId: string, itemIds: string[]): boolean {
  if (faults.by_item && itemIds.includes('fault-decline')) return true;
  return faults.decline > 0 && draw(faults.seed, 'decline', chargeId) < faults.decline;
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
  if (before + after + never === 0) return undefined;
  const drawn = draw(faults.seed, 'fault', chargeId, String(nowMs));
  if (drawn < before) return 'before';
  if (drawn < before + after) return 'after';
  return drawn < before + after + never ? 'never' : undefined;
}

/** A number from 0 to 1 that looks random and is the same for the same words. */
function draw(seed: number, ...words: string[]): number {
  const digest = hash('sha256', JSON.stringify([seed, ...words]), 'buffer');
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
