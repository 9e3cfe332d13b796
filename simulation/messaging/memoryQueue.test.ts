import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../virtualClock.ts';
import { MemoryQueue } from './memoryQueue.ts';
import { MemoryTopic } from './memoryTopic.ts';

const NEVER = new AbortController().signal;

function queues(maxReceiveCount = 2) {
  const clock = new VirtualClock();
  const options = { arn: 'arn', clock, visibilitySeconds: 30 };
  const deadLetters = new MemoryQueue(options);
  const queue = new MemoryQueue({ ...options, redrive: { maxReceiveCount, deadLetters } });
  const receive = (maximum = 10, waitSeconds = 0) => queue.receive(maximum, waitSeconds, NEVER);
  return {
    clock,
    queue,
    deadLetters,
    receive,
    passes: (ms: number) => clock.run(clock.now() + ms),
  };
}

describe('a queue in memory', () => {
  it('hides what was received until its visibility ends, and counts the receives', async () => {
    const { queue, receive, passes } = queues();
    queue.send('a');

    const [first] = await receive();
    expect([queue.visible, queue.inFlight, await receive()]).toEqual([0, 1, []]);
    await passes(30_000);
    const [again] = await receive();

    const count = (message = first) => message?.attributes.ApproximateReceiveCount;
    expect([count(first), count(again)]).toEqual(['1', '2']);
    expect(again?.messageId).toBe(first?.messageId);
  });

  it('deletes by the last handle alone', async () => {
    const { queue, receive, passes } = queues();
    queue.send('a');
    const [first] = await receive();
    await passes(30_000);
    const [again] = await receive();

    await queue.deleteBatch([first?.receiptHandle ?? '']);
    expect(queue.inFlight).toBe(1);
    await queue.deleteBatch([again?.receiptHandle ?? '']);
    await passes(60_000);
    expect([queue.visible, queue.inFlight]).toEqual([0, 0]);
  });

  it('moves to the dead letters what was received too often, at the next receive', async () => {
    const { queue, deadLetters, receive, passes } = queues(2);
    queue.send('a');
    for (let round = 0; round < 2; round += 1) {
      expect(await receive()).toHaveLength(1);
      await passes(30_000);
    }
    expect([queue.visible, deadLetters.visible]).toEqual([1, 0]);

    expect(await receive()).toEqual([]);
    expect([queue.visible, [...deadLetters.bodies()]]).toEqual([0, ['a']]);
  });

  it('answers a long poll as soon as there is a message, or empty when its time is over', async () => {
    const { clock, queue, receive, passes } = queues();
    const start = clock.now();
    const answers: [number, number][] = [];
    for (const _ of [1, 2])
      void receive(10, 1).then((messages) => answers.push([clock.now() - start, messages.length]));
    clock.setTimeout(() => queue.send('a'), 400);

    await passes(2_000);

    expect(answers).toEqual([
      [400, 1],
      [1_000, 0],
    ]);
  });

  it('is no slower with 200,000 messages in it', async () => {
    const { queue, receive } = queues();
    for (let index = 0; index < 200_000; index += 1) queue.send(String(index));
    const received = new Set<string>();
    for (let round = 0; round < 20_000; round += 1)
      for (const { body } of await receive()) received.add(body);

    expect([received.size, queue.visible, queue.inFlight]).toEqual([200_000, 0, 200_000]);
  });
});

describe('a topic in memory', () => {
  it('gives a subscription what its filter lets through, as often and as late as is said', async () => {
    const clock = new VirtualClock();
    const copies: Record<string, number[]> = { once: [0], twice: [0, 50], lost: [] };
    const topic = new MemoryTopic({ clock, copies: ({ message }) => copies[message] ?? [0] });
    const got: string[] = [];
    topic.subscribe({
      name: 'queue',
      filterPolicy: { way: ['queued'] },
      deliver: ({ message }) => got.push(`${message} ${clock.now()}`),
    });
    const start = clock.now();
    for (const message of Object.keys(copies))
      for (const way of ['queued', 'direct'])
        topic.publish({ message, attributes: { way: { DataType: 'String', StringValue: way } } });

    await clock.run();

    expect(got).toEqual([`once ${start}`, `twice ${start}`, `twice ${start + 50}`]);
  });
});
