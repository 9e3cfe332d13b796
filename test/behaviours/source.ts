const CALL = /^( *)(?:it|describe)\b/;
const COMMENT = /^ *(?:\/\/|\/?\*)/;
const ADDRESS = /https:\/\/[^\s]*[^\s.,:;)]/;

/**
 * The address in the comment above a test, else above the nearest block around it that has one.
 * `line` is where the test is called, from 1: with a table of examples, where the table ends.
 */
export function sourceOf(fileText: string, line: number): string | undefined {
  const lines = fileText.split('\n');
  let indent = Number.POSITIVE_INFINITY;
  for (let index = line - 1; index >= 0; index--) {
    const call = CALL.exec(lines[index] ?? '');
    if (!call || (call[1] ?? '').length >= indent) continue;
    indent = (call[1] ?? '').length;
    const address = ADDRESS.exec(commentAbove(lines, index))?.[0];
    if (address) return address;
  }
  return undefined;
}

function commentAbove(lines: string[], index: number): string {
  let first = index;
  while (COMMENT.test(lines[first - 1] ?? '')) first--;
  return lines.slice(first, index).join('\n');
}
