/** What a person typed or set wrong. Told as it is, without a stack. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A mistake of the program itself, as JavaScript throws it; a failed `fetch` is a TypeError too, and has a cause. */
const isOwnMistake = ({ name, cause }: Error): boolean =>
  ['TypeError', 'ReferenceError', 'RangeError'].includes(name) && cause === undefined;

/** One line that says what went wrong; where the program itself is at fault, with the stack that shows where. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (isOwnMistake(at)) stacks.push(at.stack ?? '');
  const text = error instanceof UsageError ? error.message : oneLine(error.message || error.name);
  return [text, ...stacks].join('\n');
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ');
