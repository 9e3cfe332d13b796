const NOTHING = '–';

/** A figure as a person reads it: grouped, with as many digits as it deserves. */
export function figure(value: number | null | undefined, digits?: number): string {
  if (value === null || value === undefined) return NOTHING;
  const fraction =
    digits ??
    (Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3);
  return value.toLocaleString('en', {
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  });
}

export const percentOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : (part / whole) * 100;
