const MAX_LENGTH = 80;

/** The start of a value as JSON, safe to repeat in an answer: bounded and well-formed. */
export function excerpt(value: unknown): string {
  if (value === undefined) return 'nothing';
  const bounded = typeof value === 'string' ? value.slice(0, MAX_LENGTH + 1) : value;
  return shorten(JSON.stringify(bounded), MAX_LENGTH);
}

/** At most `maxLength` characters; half a surrogate pair becomes U+FFFD. */
export function shorten(text: string, maxLength: number): string {
  const shortened = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shortened.toWellFormed();
}
