const MAX_LENGTH = 80;
/** Control characters, half surrogate pairs and others that a terminal or a page does not show as they are. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The start of a value as JSON, safe to repeat in an answer: bounded, well-formed and all of it visible. */
export function excerpt(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'symbol') return shorten(value.description ?? '', MAX_LENGTH);
  const bounded = typeof value === 'string' ? value.slice(0, MAX_LENGTH + 1) : value;
  const json = JSON.stringify(bounded, (_, part) =>
    typeof part === 'symbol' ? part.description : part,
  );
  return shorten(json, MAX_LENGTH).replaceAll(UNSEEN, escapeUnseen);
}

/** At most `maxLength` characters; half a surrogate pair becomes U+FFFD. */
export function shorten(text: string, maxLength: number): string {
  const shortened = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shortened.toWellFormed();
}

const escapeUnseen = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16);
    return `\\u${unit.padStart(4, '0')}`;
  }).join('');
