/** Control characters but for tab and line feed: a terminal may take any other for a command. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that are looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text of a stranger with its control characters as JSON writes them: `\u009b`. */
export const visibleText = (text: string): string =>
  text.replace(
    CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
