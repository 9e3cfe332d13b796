import { parseJson } from '../../../common/json.ts';
import { sqsRecord } from './batch.ts';
import type { QueueMessage } from './queueClient.ts';

type Pattern = Record<string, unknown>;
type Json = unknown;

/**
 * Whether a message passes one of a mapping's filters.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
export function matchesAny(filters: Pattern[], message: QueueMessage, queueArn: string): boolean {
  const record = sqsRecord(message, queueArn);
  return filters.some((filter) => matchesRecord(filter, record));
}

/** A body is matched as JSON where the pattern is an object, as text where the pattern is a list. */
function matchesRecord(filter: Pattern, record: { body: string }): boolean {
  const { body: bodyPattern, ...rest } = filter;
  if (!matches(rest, record)) return false;
  if (bodyPattern === undefined) return true;
  const body = parsed(record.body);
  if (Array.isArray(bodyPattern))
    return body === undefined && matchesLeaf(bodyPattern, record.body);
  return body !== undefined && matches(bodyPattern as Pattern, body);
}

function parsed(text: string): object | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** An EventBridge-style pattern: every named field has to match, `$or` takes one of several patterns. */
export function matches(pattern: Pattern, value: Json): boolean {
  return Object.entries(pattern).every(([key, expected]) => {
    if (key === '$or' && Array.isArray(expected))
      return expected.some((alternative: Pattern) => matches(alternative, value));
    const actual = (value as Record<string, Json> | null | undefined)?.[key];
    if (Array.isArray(expected)) return matchesLeaf(expected, actual);
    return Array.isArray(actual)
      ? actual.some((item) => matches(expected as Pattern, item))
      : matches(expected as Pattern, actual);
  });
}

/** A list of accepted values and rules; a field that holds an array matches by any of its items. */
function matchesLeaf(rules: Json[], actual: Json): boolean {
  const values = Array.isArray(actual) ? actual : [actual];
  return rules.some((rule) => values.some((value) => matchesRule(rule, value)));
}

function matchesRule(rule: Json, value: Json): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value;
  const [[name, expected] = ['', undefined]] = Object.entries(rule);
  const test = RULES[name];
  if (!test) throw new Error(`Filter rule "${name}" is not known`);
  return test(expected, value);
}

const isText = (value: Json): value is string => typeof value === 'string';

const RULES: Record<string, (expected: Json, value: Json) => boolean> = {
  exists: (expected, value) => (isLeaf(value) ? expected === true : expected === false),
  prefix: (expected, value) => isText(value) && textRule(expected, value, 'startsWith'),
  suffix: (expected, value) => isText(value) && textRule(expected, value, 'endsWith'),
  'equals-ignore-case': (expected, value) =>
    isText(value) && value.toLowerCase() === String(expected).toLowerCase(),
  'anything-but': (expected, value) => isLeaf(value) && !isExcluded(expected, value),
  numeric: (expected, value) => typeof value === 'number' && inRange(expected as Json[], value),
};

/** `exists` and `anything-but` look at leaves only, as on AWS. */
function isLeaf(value: Json): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}

function textRule(expected: Json, value: string, method: 'startsWith' | 'endsWith'): boolean {
  if (isText(expected)) return value[method](expected);
  const ignoringCase = String((expected as Pattern)['equals-ignore-case']);
  return value.toLowerCase()[method](ignoringCase.toLowerCase());
}

function isExcluded(expected: Json, value: Json): boolean {
  const excluded = Array.isArray(expected) ? expected : [expected];
  return excluded.some((rule) => matchesRule(rule, value));
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `[">", 0, "<=", 5]` */
function inRange(comparisons: Json[], value: number): boolean {
  for (let index = 0; index < comparisons.length; index += 2) {
    const compare = COMPARISONS[String(comparisons[index])];
    if (!compare?.(value, Number(comparisons[index + 1]))) return false;
  }
  return true;
}
