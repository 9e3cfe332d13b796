import { isObject, parseJson } from '../../../common/json.ts';
import { sqsRecord } from './batch.ts';
import { type Pattern, PatternFault, patternTest, type Test } from './pattern.ts';
import type { QueueMessage } from './queueClient.ts';

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
  const isOfJson = isObject(filter) && isObject(filter.body);
  const isOfText = isObject(filter) && Array.isArray(filter.body);
  return (record) => {
    const { body } = record as { body: string };
    const parsed = parseJson(body);
    const isJson = typeof parsed === 'object' && parsed !== null;
    if (isJson ? isOfText : isOfJson) return false;
    return whole(isOfJson ? { ...(record as object), body: parsed } : record);
  };
}
