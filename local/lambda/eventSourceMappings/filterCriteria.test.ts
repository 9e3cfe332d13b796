import { describe, expect, it } from '@jest/globals';
import { QUEUE_ARN, startMapping } from '../testing/mapping.ts';
import { matchesAny as matchesAnyOf, patternFault } from './filterCriteria.ts';
import { patternTest } from './pattern.ts';

const message = (body: string) => ({
  messageId: 'm1',
  receiptHandle: 'h1',
  body,
  md5OfBody: '',
  attributes: {},
  messageAttributes: { way: { dataType: 'String', stringValue: 'queued' } },
});

const matches = (pattern: unknown, value: unknown) => patternTest(pattern)(value);

const matchesAny = (filters: Record<string, unknown>[], received: ReturnType<typeof message>) =>
  matchesAnyOf(filters, received, QUEUE_ARN);

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
describe('a filter rule', () => {
  it.each([
    ['equals', ['red'], 'red', 'Red'],
    ['equals one of several', ['red', 'blue'], 'blue', 'green'],
    ['equals a number', [5], 5, '5'],
    ['is null', [null], null, ''],
    ['is empty', [''], '', null],
    ['prefix', [{ prefix: 're' }], 'red', 'are'],
    ['suffix', [{ suffix: '.png' }], 'a.png', 'a.jpg'],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'RED' }], 'red', 'redder'],
    ['anything-but', [{ 'anything-but': ['red', 'blue'] }], 'green', 'blue'],
    ['anything-but a prefix', [{ 'anything-but': { prefix: 're' } }], 'green', 'red'],
    ['numeric equals', [{ numeric: ['=', 5] }], 5, 6],
    ['numeric range', [{ numeric: ['>', 0, '<=', 5] }], 5, 0],
    ['exists', [{ exists: true }], 'red', undefined],
    ['does not exist', [{ exists: false }], undefined, 'red'],
  ])('"%s" takes and leaves what it should', (_name, rules, taken, left) => {
    expect(patternFault({ colour: rules })).toBeUndefined();
    expect(matches({ colour: rules }, { colour: taken })).toBe(true);
    expect(matches({ colour: rules }, { colour: left })).toBe(false);
  });

  it('of every field has to hold, of $or one', () => {
    const pattern = {
      size: ['small'],
      $or: [{ colour: ['red'] }, { price: [{ numeric: ['<', 5] }] }],
    };

    expect(patternFault(pattern)).toBeUndefined();
    expect(matches(pattern, { size: 'small', colour: 'blue', price: 3 })).toBe(true);
    expect(matches(pattern, { size: 'small', colour: 'blue', price: 7 })).toBe(false);
    expect(matches(pattern, { size: 'large', colour: 'red', price: 3 })).toBe(false);
  });

  it('on an array holds when one item does', () => {
    expect(matches({ tags: ['sale'] }, { tags: ['new', 'sale'] })).toBe(true);
    expect(matches({ items: { id: ['a'] } }, { items: [{ id: 'b' }, { id: 'a' }] })).toBe(true);
    expect(matches({ items: { id: ['a'] } }, { items: [] })).toBe(false);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
describe('filter criteria of a queue', () => {
  it('read the body as JSON where the pattern is an object', () => {
    const filters = [{ body: { order: { way: ['queued'] } } }];

    expect(matchesAny(filters, message('{"order":{"way":"queued"}}'))).toBe(true);
    expect(matchesAny(filters, message('{"order":{"way":"direct"}}'))).toBe(false);
    expect(matchesAny(filters, message('no JSON'))).toBe(false);
  });

  it('read the body as text where the pattern is a list', () => {
    const filters = [{ body: [{ prefix: 'no' }] }];

    expect(matchesAny(filters, message('no JSON'))).toBe(true);
    expect(matchesAny(filters, message('{"a":1}'))).toBe(false);
  });

  it('see message attributes, and take a message that passes one of several filters', () => {
    const byAttribute = { messageAttributes: { way: { stringValue: ['queued'] } } };

    expect(matchesAny([byAttribute], message('x'))).toBe(true);
    expect(matchesAny([{ body: ['y'] }, byAttribute], message('x'))).toBe(true);
    expect(matchesAny([{ ...byAttribute, body: ['y'] }], message('x'))).toBe(false);
  });

  it('see where a message comes from', () => {
    expect(matchesAny([{ eventSource: ['aws:sqs'] }], message('x'))).toBe(true);
    expect(matchesAny([{ eventSourceARN: [{ suffix: ':orders' }] }], message('x'))).toBe(true);
    expect(matchesAny([{ awsRegion: ['eu-west-1'] }], message('x'))).toBe(false);
  });

  it('delete what they leave out, without an invocation', async () => {
    const { batches, queue, clock, mapping, stop } = await startMapping({
      filters: [{ body: { n: [{ numeric: ['>=', 2] }] } }],
    });

    queue.sendMany(4);
    await clock.advance(0);

    expect(batches.map(({ ids }) => ids)).toEqual([['m3', 'm4']]);
    expect(queue.deleted).toEqual(['m1', 'm2']);
    expect(mapping.counts.filteredOut).toBe(2);
    await stop();
  });
});

// Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_sqs.py (test_sqs_invalid_event_filter)
describe('a filter pattern', () => {
  it.each([
    [null, 'the pattern is not an object'],
    ['simple string', 'the pattern is not an object'],
    [{}, 'the pattern names no field'],
    [{ eventSource: 'aws:sqs' }, 'eventSource is not a list'],
    [{ eventSource: [] }, 'eventSource is an empty list'],
    [{ body: { a: { b: 5 } } }, 'body.a.b is not a list'],
    [{ body: {} }, 'body names no field'],
    [{ body: [['x']] }, 'body holds a list in a list'],
    [{ body: [{ wild: 'x' }] }, 'body holds a rule that is not known: {"wild":"x"}'],
    [{ body: [{ constructor: 'x' }] }, 'body holds a rule that is not known: {"constructor":"x"}'],
    [{ body: [{ prefix: 5 }] }, 'body holds a rule with a wrong value: {"prefix":5}'],
    [{ body: [{ exists: 'yes' }] }, 'body holds a rule with a wrong value: {"exists":"yes"}'],
    [
      { body: { n: [{ numeric: ['>'] }] } },
      'body.n holds a rule with a wrong value: {"numeric":[">"]}',
    ],
    [
      { body: { n: [{ 'anything-but': [] }] } },
      'body.n holds a rule with a wrong value: {"anything-but":[]}',
    ],
    [{ $or: [{ a: ['x'] }] }, '$or is not a list of two or more patterns'],
    [{ body: { $or: [{ a: ['x'] }, { b: 'x' }] } }, 'body.$or.b is not a list'],
  ])('%j is refused: %s', async (pattern, fault) => {
    expect(patternFault(pattern)).toBe(fault);
    const filters = [pattern as Record<string, unknown>];
    await expect(startMapping({ filters })).rejects.toThrow(
      `Event source mapping of ${QUEUE_ARN} to shop-test-work: in the filter pattern ${JSON.stringify(pattern)} ${fault}`,
    );
  });
});
