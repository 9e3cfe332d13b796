import { describe, expect, it } from '@jest/globals';
import { QUEUE_ARN, startMapping } from '../testing/mapping.ts';

const SECOND = 1000;

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
describe('a batch', () => {
  // Recorded from AWS: https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/lambda_/event_source_mapping/test_lambda_integration_sqs.snapshot.json (test_message_body_and_attributes_passed_correctly)
  it('has each message as a record of the event', async () => {
    const { batches, queue, clock, stop } = await startMapping();

    queue.send('{"order":7}');
    await clock.advance(0);

    expect(batches[0]?.records).toEqual([
      {
        messageId: 'm1',
        receiptHandle: 'handle-m1',
        body: '{"order":7}',
        attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) },
        messageAttributes: {
          way: {
            dataType: 'String',
            stringValue: 'queued',
            stringListValues: [],
            binaryListValues: [],
          },
        },
        md5OfMessageAttributes: 'md5 of attributes',
        md5OfBody: 'md5',
        eventSource: 'aws:sqs',
        eventSourceARN: QUEUE_ARN,
        awsRegion: 'us-east-1',
      },
    ]);
    await stop();
  });

  it('has no more messages than the batch size', async () => {
    const { sizes, queue, clock, stop } = await startMapping({ batchSize: 4 });

    queue.sendMany(10);
    await clock.advance(0);

    expect(sizes()).toEqual([4, 4, 2]);
    await stop();
  });

  it('without a window goes at once with what there is', async () => {
    const { sizes, queue, clock, stop } = await startMapping({ windowSeconds: 0 });

    queue.sendMany(3);
    await clock.advance(0);

    expect(sizes()).toEqual([3]);
    await stop();
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
  it('with a window waits for more, counted from its first message', async () => {
    const { batches, sizes, queue, clock, stop } = await startMapping({ windowSeconds: 2 });
    await clock.advance(10 * SECOND);

    queue.sendMany(3);
    await clock.advance(1.5 * SECOND);
    queue.sendMany(2);
    expect(sizes()).toEqual([]);
    await clock.advance(0.5 * SECOND);

    expect(sizes()).toEqual([5]);
    expect(batches[0]?.at).toBe(12 * SECOND);
    await stop();
  });

  it('that is full goes before its window is over', async () => {
    const { batches, sizes, queue, clock, stop } = await startMapping({ windowSeconds: 60 });

    queue.sendMany(9);
    await clock.advance(12 * SECOND);
    queue.sendMany(1);
    await clock.advance(6 * SECOND);

    expect(sizes()).toEqual([10]);
    expect(batches[0]?.at).toBeLessThanOrEqual(12.1 * SECOND);
    await stop();
  });

  it('keeps what it holds when a later receive fails, and goes when its window is over', async () => {
    const { batches, faults, queue, clock, stop } = await startMapping({ windowSeconds: 2 });

    queue.sendMany(3);
    await clock.advance(0);
    queue.failures = 1;
    await clock.advance(1 * SECOND);
    queue.sendMany(1);
    await clock.advance(1 * SECOND);

    expect(batches.map(({ at, ids }) => [at, ids.length])).toEqual([[2 * SECOND, 4]]);
    expect(queue.receiveCounts).toEqual([1, 1, 1, 1]);
    expect(faults).toEqual([`Queue ${QUEUE_ARN} could not be read: Error: no connection`]);
    await stop();
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  it('above ten messages is gathered by several receives', async () => {
    const { sizes, queue, clock, stop } = await startMapping({ batchSize: 25, windowSeconds: 1 });

    queue.sendMany(30);
    await clock.advance(SECOND);

    expect(sizes()).toEqual([25, 5]);
    await stop();
  });

  it('is at most 6 MB with its metadata; what does not fit begins the next one', async () => {
    const { batches, queue, clock, stop } = await startMapping({ windowSeconds: 1 });
    const megabyte = 'x'.repeat(1_048_576);

    queue.send(megabyte, megabyte, megabyte, megabyte, megabyte, megabyte, megabyte);
    await clock.advance(SECOND);

    expect(batches.map(({ ids }) => ids)).toEqual([
      ['m1', 'm2', 'm3', 'm4', 'm5'],
      ['m6', 'm7'],
    ]);
    await stop();
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
describe('concurrency of a mapping', () => {
  it('starts with five invocations and grows by one in 0.2 s (300 a minute) while all are taken', async () => {
    const { batches, queue, clock, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(100);
    await clock.advance(0);
    expect(batches).toHaveLength(5);

    await clock.advance(2 * SECOND);

    expect(batches).toHaveLength(15);
    expect(batches.map(({ at }) => at).slice(5)).toEqual([
      200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000,
    ]);
    await stop();
  });

  it('does not grow while invocations are free', async () => {
    const { mapping, queue, clock, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(4);

    await clock.advance(20 * SECOND);

    expect([mapping.running, mapping.allowed]).toEqual([4, 5]);
    await stop();
  });

  it('never exceeds 1,250', async () => {
    const { batches, mapping, queue, clock, stop } = await startMapping(
      { batchSize: 1 },
      { visibilitySeconds: 3600 },
    );
    queue.sendMany(1300);

    await clock.advance(255 * SECOND);

    expect([batches.length, mapping.allowed]).toEqual([1250, 1250]);
    await stop();
  });

  it('goes back to five when the queue is empty and nothing runs', async () => {
    const { batches, mapping, queue, clock, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(10);
    await clock.advance(SECOND);
    expect(mapping.allowed).toBe(10);

    for (const batch of batches) batch.succeed();
    await clock.advance(2 * SECOND);

    expect(mapping.allowed).toBe(5);
    await stop();
  });

  it('holds maximumConcurrency, and reads nothing more from the queue at that', async () => {
    const { batches, queue, clock, stop } = await startMapping({
      batchSize: 5,
      maximumConcurrency: 2,
    });
    queue.sendMany(300);

    await clock.advance(20 * SECOND);

    expect(batches).toHaveLength(2);
    expect([queue.visible, queue.receives]).toEqual([290, 2]);
    batches[0]?.succeed();
    await clock.advance(0);
    expect([batches.length, queue.visible]).toEqual([3, 285]);
    await stop();
  });

  it('follows a changed maximumConcurrency, batch size and window at once', async () => {
    const { mapping, sizes, queue, clock, stop } = await startMapping({
      batchSize: 5,
      maximumConcurrency: 2,
    });
    queue.sendMany(300);
    await clock.advance(SECOND);

    mapping.update({ maximumConcurrency: 20, batchSize: 10, windowSeconds: 1 });
    await clock.advance(4 * SECOND);

    expect(sizes()).toEqual([5, 5, ...Array(18).fill(10)]);
    await stop();
  });

  it('lets what runs finish when maximumConcurrency is lowered', async () => {
    const { mapping, batches, queue, clock, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(20);
    await clock.advance(0);

    mapping.update({ maximumConcurrency: 2 });
    for (const batch of batches.slice(0, 3)) batch.succeed();
    await clock.advance(SECOND);
    expect([mapping.running, batches.length]).toEqual([2, 5]);
    batches[3]?.succeed();
    await clock.advance(0);

    expect([mapping.running, batches.length]).toEqual([2, 6]);
    await stop();
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
describe('a mapping', () => {
  it('that is disabled reads nothing until it is enabled again', async () => {
    const { mapping, batches, queue, clock, stop } = await startMapping({ enabled: false });
    queue.sendMany(1);
    await clock.advance(20 * SECOND);
    expect([batches.length, queue.receives]).toEqual([0, 0]);

    mapping.update({ enabled: true });
    await clock.advance(0);

    expect(batches).toHaveLength(1);
    await stop();
  });

  it('feeds another function from its next batch on when its function is changed', async () => {
    const { mapping, batches, queue, clock, stop } = await startMapping({ batchSize: 1 });
    queue.sendMany(1);
    await clock.advance(0);

    mapping.update({ functionName: 'other' });
    queue.sendMany(1);
    await clock.advance(0);

    expect(batches.map(({ functionName }) => functionName)).toEqual(['shop-test-work', 'other']);
    await stop();
  });

  it('that stops reads no more, and waits for running batches and their deletes', async () => {
    const { mapping, batches, queue, clock } = await startMapping({
      batchSize: 1,
      maximumConcurrency: 2,
    });
    queue.sendMany(5);
    await clock.advance(0);

    const stopped = mapping.stop(60 * SECOND);
    for (const batch of batches) batch.succeed();
    await stopped;

    expect(queue.deleted).toEqual(['m1', 'm2']);
    expect(batches).toHaveLength(2);
  });
});
