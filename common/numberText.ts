import * as z from 'zod';

/** A whole number as a person types it, within bounds; one rule names all that can be wrong with it. */
export const wholeNumberText = (least: number, most: number) =>
  numberText(/^\d+$/, `must be a whole number from ${least} to ${most}`, least, most);

/** As above, and fractions: `0.5`. */
export const decimalText = (least: number, most: number) =>
  numberText(/^\d+(\.\d+)?$/, `must be a number from ${least} to ${most}`, least, most);

const numberText = (pattern: RegExp, rule: string, least: number, most: number) =>
  z
    .string(rule)
    .refine((text) => pattern.test(text) && Number(text) >= least && Number(text) <= most, rule)
    .transform(Number);
