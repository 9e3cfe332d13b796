import { isObject, parseJson } from '../../../common/json.ts';
import { sqsRecord } from './batch.ts';
import type { QueueMessage } from './queueClient.ts';

type Pattern = Record<string, unknown>;
type Test = (value: unknown) => boolean;

class PatternFault extends Error {}

const tests = new WeakMap<Pattern, Test>();

/**
 * Whether a message passes one of a mapping's filters.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
export function matchesAny(filters: Pattern[], message: QueueMessage, queueArn: string): boolean {
  const record = sqsRecord(message, queueArn);
  return filters.some((filter) => {
    const test = tests.get(filter) ?? filterTest(filter);
    tests.set(filter, test);
    return test(record);
  });
}

/**
 * What is wrong with a filter pattern, or undefined. AWS refuses such a pattern when the mapping is made; a mapping
 * that runs with one would lose what it matches against it.
 */
export function patternFault(pattern: unknown): string | undefined {
  try {
    filterTest(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/** A body is matched as JSON where its pattern is an object, as text where that is a list. */
function filterTest(filter: unknown): Test {
  const whole = patternTest(filter);
  const { body: bodyPattern, ...rest } = filter as Pattern;
  if (bodyPattern === undefined) return whole;
  const others = fieldTests(rest, '');
  const asText = fieldTest('body', bodyPattern, '');
  const asJson = isObject(bodyPattern) ? patternTest(bodyPattern, 'body') : undefined;
  return (record) => {
    if (!others.every((test) => test(record))) return false;
    const body = parseJson((record as { body: string }).body);
    const isJson = typeof body === 'object' && body !== null;
    return asJson ? isJson && asJson(body) : !isJson && asText(record);
  };
}

/**
 * Every named field has to match, `$or` takes one of several patterns. Throws for a pattern that AWS refuses.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 */
export function patternTest(pattern: unknown, path = ''): Test {
  const what = path || 'the pattern';
  if (!isObject(pattern)) throw new PatternFault(`${what} is not an object`);
  const fields = fieldTests(pattern, path);
  if (fields.length === 0) throw new PatternFault(`${what} names no field`);
  return (value) => fields.every((test) => test(value));
}

const fieldTests = (pattern: Pattern, path: string): Test[] =>
  Object.entries(pattern).map(([key, expected]) => fieldTest(key, expected, path));

/** A field that holds an array matches by any of its items. */
function fieldTest(key: string, expected: unknown, parent: string): Test {
  const path = parent === '' ? key : `${parent}.${key}`;
  if (key === '$or') return alternativesTest(expected, path);
  const test = isObject(expected) ? patternTest(expected, path) : rulesTest(expected, path);
  return (value) => {
    const actual = (value as Pattern | null | undefined)?.[key];
    return Array.isArray(actual) ? actual.some(test) : test(actual);
  };
}

function alternativesTest(expected: unknown, path: string): Test {
  if (!Array.isArray(expected) || expected.length < 2)
    throw new PatternFault(`${path} is not a list of two or more patterns`);
  const alternatives = expected.map((alternative) => patternTest(alternative, path));
  return (value) => alternatives.some((test) => test(value));
}

/** A list of accepted values and rules. */
function rulesTest(expected: unknown, path: string): Test {
  if (!Array.isArray(expected)) throw new PatternFault(`${path} is not a list`);
  if (expected.length === 0) throw new PatternFault(`${path} is an empty list`);
  const rules = expected.map((rule) => ruleTest(rule, path));
  return (value) => rules.some((test) => test(value));
}

function ruleTest(rule: unknown, path: string): Test {
  if (Array.isArray(rule)) throw new PatternFault(`${path} holds a list in a list`);
  if (!isObject(rule)) return (value) => value === rule;
  const makeTest = knownRule(rule);
  if (!makeTest)
    throw new PatternFault(`${path} holds a rule that is not known: ${JSON.stringify(rule)}`);
  const test = makeTest();
  if (test) return test;
  throw new PatternFault(`${path} holds a rule with a wrong value: ${JSON.stringify(rule)}`);
}

function knownRule(rule: Pattern): (() => Test | undefined) | undefined {
  const [[name, expected] = [''], ...others] = Object.entries(rule);
  if (others.length > 0 || !Object.hasOwn(RULES, name)) return undefined;
  return () => RULES[name]?.(expected);
}

/** Each makes the test of a rule, or undefined where the rule does not take its value. */
const RULES: Record<string, (expected: unknown) => Test | undefined> = {
  exists: (expected) =>
    typeof expected === 'boolean' ? (value) => isLeaf(value) === expected : undefined,
  prefix: (expected) => textTest(expected, 'startsWith'),
  suffix: (expected) => textTest(expected, 'endsWith'),
  'equals-ignore-case': (expected) =>
    isText(expected)
      ? (value) => isText(value) && value.toLowerCase() === expected.toLowerCase()
      : undefined,
  'anything-but': exclusionTest,
  numeric: rangeTest,
};

const isText = (value: unknown): value is string => typeof value === 'string';

/** `exists` and `anything-but` look at leaves only, as on AWS. */
const isLeaf = (value: unknown): boolean =>
  value !== undefined && (typeof value !== 'object' || value === null);

function textTest(expected: unknown, method: 'startsWith' | 'endsWith'): Test | undefined {
  if (isText(expected)) return (value) => isText(value) && value[method](expected);
  const caseless = isObject(expected) ? expected['equals-ignore-case'] : undefined;
  if (!isText(caseless)) return undefined;
  return (value) => isText(value) && value.toLowerCase()[method](caseless.toLowerCase());
}

function exclusionTest(expected: unknown): Test | undefined {
  if (isObject(expected)) {
    const excluded = knownRule(expected)?.();
    return excluded && ((value) => isLeaf(value) && !excluded(value));
  }
  const excluded: unknown[] = Array.isArray(expected) ? expected : [expected];
  const areKnown = excluded.every((item) => isText(item) || typeof item === 'number');
  if (excluded.length === 0 || !areKnown) return undefined;
  return (value) => isLeaf(value) && !excluded.some((item) => item === value);
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `[">", 0, "<=", 5]` */
function rangeTest(expected: unknown): Test | undefined {
  if (!Array.isArray(expected) || (expected.length !== 2 && expected.length !== 4))
    return undefined;
  const bounds = [expected.slice(0, 2), expected.slice(2)].filter(({ length }) => length > 0) as [
    string,
    number,
  ][];
  const areKnown = bounds.every(
    ([sign, bound]) => Object.hasOwn(COMPARISONS, sign) && typeof bound === 'number',
  );
  if (!areKnown) return undefined;
  return (value) =>
    typeof value === 'number' && bounds.every(([sign, bound]) => COMPARISONS[sign]?.(value, bound));
}
