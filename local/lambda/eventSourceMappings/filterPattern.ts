import { isObject } from '../../../common/json.ts';

/** What a rule's value has to be. */
const RULES: Record<string, (value: unknown) => boolean> = {
  exists: (value) => typeof value === 'boolean',
  prefix: isTextOrCaseless,
  suffix: isTextOrCaseless,
  'equals-ignore-case': isText,
  'anything-but': isExclusion,
  numeric: isNumericRange,
};
const COMPARISONS = ['=', '<', '<=', '>', '>='];

/**
 * What is wrong with a filter pattern, or undefined. AWS refuses such a pattern when the mapping is made; a mapping
 * that runs with one would lose what it matches against it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export function patternFault(pattern: unknown, path = ''): string | undefined {
  if (!isObject(pattern)) return `${path || 'the pattern'} is no object`;
  const fields = Object.entries(pattern);
  if (fields.length === 0) return `${path || 'the pattern'} names no field`;
  return first(fields, ([key, value]) =>
    fieldFault(key, value, path === '' ? key : `${path}.${key}`),
  );
}

function fieldFault(key: string, value: unknown, path: string): string | undefined {
  if (key === '$or') return alternativesFault(value, path);
  if (!Array.isArray(value))
    return isObject(value) ? patternFault(value, path) : `${path} is no list`;
  if (value.length === 0) return `${path} is an empty list`;
  return first(value, (rule) => ruleFault(rule, path));
}

function alternativesFault(value: unknown, path: string): string | undefined {
  if (!Array.isArray(value) || value.length < 2)
    return `${path} is no list of two or more patterns`;
  return first(value, (alternative) => patternFault(alternative, path));
}

function ruleFault(rule: unknown, path: string): string | undefined {
  if (Array.isArray(rule)) return `${path} holds a list in a list`;
  if (!isObject(rule)) return undefined;
  const [[name, value] = [''], ...others] = Object.entries(rule);
  const isValid = RULES[name];
  if (!isValid || others.length > 0) return `${path} holds a rule that is not known: ${text(rule)}`;
  return isValid(value) ? undefined : `${path} holds a rule with a wrong value: ${text(rule)}`;
}

function isTextOrCaseless(value: unknown): boolean {
  return isText(value) || (isObject(value) && isText(value['equals-ignore-case']));
}

function isExclusion(value: unknown): boolean {
  if (isObject(value)) return ruleFault(value, '') === undefined;
  const excluded = Array.isArray(value) ? value : [value];
  return excluded.length > 0 && excluded.every((item) => isText(item) || typeof item === 'number');
}

function isNumericRange(value: unknown): boolean {
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 4)) return false;
  return value.every((item, index) =>
    index % 2 === 0 ? COMPARISONS.includes(item) : typeof item === 'number',
  );
}

function first<T>(items: T[], fault: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const text = (value: unknown) => JSON.stringify(value);
