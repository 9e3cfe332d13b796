import { describe, expect, it } from '@jest/globals';
import { startMapping } from '../testing/mapping.ts';

const SECOND = 1000;
const failures = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
describe('after an invocation', () => {
  it('that succeeds all messages of the batch are deleted', async () => {
    const { batches, queue, clock, mapping, stop } = await startMapping();
    queue.sendMany(3);
    await clock.advance(0);

    batches[0]?.succeed({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    await clock.advance(0);

    // Without ReportBatchItemFailures the answer means nothing.
    expect(queue.deleted).toEqual(['m1', 'm2', 'm3']);
    expect(mapping.counts).toMatchObject({ polled: 3, invoked: 3, deleted: 3, failed: 0 });
    expect(mapping.counts.deletes).toBe(1);
    expect(mapping.counts.receives).toBeGreaterThan(0);
    await stop();
  });

  it('that throws none is deleted, and all come back after the visibility timeout with one more receive', async () => {
    const { batches, queue, clock, stop } = await startMapping({}, { visibilitySeconds: 30 });
    queue.sendMany(3);
    await clock.advance(0);

    batches[0]?.fail();
    await clock.advance(29 * SECOND);
    expect(batches).toHaveLength(1);
    await clock.advance(2 * SECOND);

    expect(queue.deleted).toEqual([]);
    expect(batches[1]?.ids).toEqual(['m1', 'm2', 'm3']);
    expect(queue.receiveCounts).toEqual([2, 2, 2]);
    await stop();
  });

  it('that throws the mapping runs fewer at once', async () => {
    const { batches, queue, clock, mapping, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(100);
    await clock.advance(SECOND);
    expect(mapping.allowed).toBe(10);

    batches[0]?.fail();
    await clock.advance(0);

    expect(mapping.allowed).toBe(5);
    await stop();
  });

  it('that throws the mapping keeps its concurrency where batch item failures are reported', async () => {
    const { batches, queue, clock, mapping, stop } = await startMapping({
      batchSize: 1,
      reportBatchItemFailures: true,
    });
    queue.sendMany(100);
    await clock.advance(SECOND);

    batches[0]?.fail();
    await clock.advance(0);

    expect(mapping.allowed).toBe(10);
    await stop();
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
describe('with ReportBatchItemFailures', () => {
  async function deletedAfter(answer: unknown): Promise<string[]> {
    const { batches, queue, clock, stop } = await startMapping({ reportBatchItemFailures: true });
    queue.sendMany(3);
    await clock.advance(0);
    batches[0]?.succeed(answer);
    await clock.advance(0);
    await stop();
    return queue.deleted;
  }

  it.each([
    ['an empty list', failures()],
    ['a null list', { batchItemFailures: null }],
    ['an empty object', {}],
    ['null', null],
  ])('%s means that every message succeeded', async (_what, answer) => {
    expect(await deletedAfter(answer)).toEqual(['m1', 'm2', 'm3']);
  });

  it('the messages that are named stay, the others are deleted', async () => {
    expect(await deletedAfter(failures('m2'))).toEqual(['m1', 'm3']);
  });

  it('a message that is in the batch twice, since it became visible again, is one that is named', async () => {
    const { batches, queue, clock, stop } = await startMapping(
      { reportBatchItemFailures: true, windowSeconds: 3 },
      { visibilitySeconds: 2 },
    );
    queue.sendMany(2);
    await clock.advance(3 * SECOND);
    expect(batches[0]?.ids).toEqual(['m1', 'm2', 'm1', 'm2']);

    batches[0]?.succeed(failures('m2', 'm2'));
    await clock.advance(0);

    expect(queue.deleted).toEqual(['m1']);
    await stop();
  });

  it('all messages stay when all are named', async () => {
    expect(await deletedAfter(failures('m1', 'm2', 'm3'))).toEqual([]);
  });

  it.each([
    ['an identifier of no message in the batch', failures('m2', 'other')],
    ['an empty identifier', failures('')],
    ['a null identifier', failures(null)],
    ['a wrong key', { batchItemFailures: [{ messageId: 'm2' }] }],
    ['a list that is none', { batchItemFailures: 'm2' }],
    ['a number', 7],
  ])('%s means that the whole batch failed', async (_what, answer) => {
    expect(await deletedAfter(answer)).toEqual([]);
  });

  it('a thrown error means that the whole batch failed', async () => {
    const { batches, queue, clock, mapping, stop } = await startMapping({
      reportBatchItemFailures: true,
    });
    queue.sendMany(3);
    await clock.advance(0);

    batches[0]?.fail();
    await clock.advance(0);

    expect(queue.deleted).toEqual([]);
    expect(mapping.counts).toMatchObject({ failed: 3, deleted: 0 });
    await stop();
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
describe('a throttled batch', () => {
  it('stays with the mapping, is tried again with back-off, and costs no further receive', async () => {
    const { batches, queue, clock, function_, stop } = await startMapping();
    function_.throttled = true;
    queue.sendMany(3);
    await clock.advance(5 * SECOND);
    const attempts = function_.attempts;
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(8);

    function_.throttled = false;
    await clock.advance(10 * SECOND);

    expect(batches.map(({ ids }) => ids)).toEqual([['m1', 'm2', 'm3']]);
    expect(queue.receiveCounts).toEqual([1, 1, 1]);
    await stop();
  });

  it('is let go when its visibility timeout ends, and returns with one more receive', async () => {
    const { batches, queue, clock, function_, mapping, stop } = await startMapping(
      {},
      { visibilitySeconds: 10 },
    );
    function_.throttled = true;
    queue.sendMany(1);
    await clock.advance(10 * SECOND);
    expect(mapping.counts.failed).toBe(1);

    function_.throttled = false;
    await clock.advance(2 * SECOND);

    expect(batches).toHaveLength(1);
    expect(queue.receiveCounts).toEqual([2]);
    await stop();
  });

  it('is held as long as the queue says when it is received, which may change while the mapping runs', async () => {
    const { queue, clock, function_, mapping, stop } = await startMapping(
      {},
      { visibilitySeconds: 3600 },
    );
    function_.throttled = true;
    queue.visibility = 10;
    queue.sendMany(1);
    await clock.advance(10 * SECOND);

    expect(mapping.counts.failed).toBe(1);
    await stop();
  });

  it('that did not fit into the one before is let go at the end of its own visibility timeout', async () => {
    const { queue, clock, function_, mapping, stop } = await startMapping(
      { windowSeconds: 4 },
      { visibilitySeconds: 10 },
    );
    const megabyte = 'x'.repeat(1_048_576);
    function_.throttled = true;

    queue.send(...Array.from({ length: 7 }, () => megabyte));
    await clock.advance(10 * SECOND);

    // The last two waited four seconds for a batch: that is part of the ten.
    expect(mapping.counts.failed).toBe(7);
    await stop();
  });

  it('makes the mapping run fewer at once', async () => {
    const { queue, clock, function_, mapping, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(100);
    await clock.advance(SECOND);
    expect(mapping.allowed).toBe(10);

    function_.throttled = true;
    await clock.advance(SECOND);

    expect(mapping.allowed).toBeLessThan(10);
    await stop();
  });
});
