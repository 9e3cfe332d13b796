/** With at most 15 digits, no two decimals are the same double. */
const MOST_CHARACTERS_ALWAYS_EXACT = 15;

/**
 * The number that a decimal text stands for, however it is written (`100`, `1e2`, `100.0`); undefined when the double
 * nearest to it is read back as another one, so that no rule is asked about a number that was rounded before.
 */
export function exactNumber(source: string): number | undefined {
  const value = Number(source);
  if (source.length <= MOST_CHARACTERS_ALWAYS_EXACT && !/e/i.test(source)) return value;
  return canonical(source) === canonical(String(value)) ? value : undefined;
}

/** Sign, digits without zeros at either end, and exponent: the same for every way to write a number. */
function canonical(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(source) ?? [];
  const digits = whole + fraction;
  let from = 0;
  let to = digits.length;
  while (digits[from] === '0') from += 1;
  while (to > from && digits[to - 1] === '0') to -= 1;
  if (from === to) return whole === '' ? source : '0';
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}
