/** The facts that do not hold here: docs/local.md has the reason of each. */
export const DIFFERENCES = new Set([
  'Lambda: a mapping that is not there is not deleted',
  'Lambda: a mapping needs a function',
  'Lambda: a mapping needs a source',
  'Lambda: an event is UTF-8',
]);
