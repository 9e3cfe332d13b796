import { describe, expect, it } from '@jest/globals';
import { FAILED, queueOf, SUCCEEDED, THROTTLED } from '../testing/asyncQueue.ts';
import { settle } from '../testing/manualClock.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
describe('an asynchronous event', () => {
  it('is tried at once, and once when the function succeeds', async () => {
    const { queue, clock, times } = queueOf({ answer: SUCCEEDED });

    queue.accept('work', '{}', 'r1');
    await clock.advance(10 * MINUTE);

    expect(times()).toEqual([0]);
    expect(queue.counts('work')).toMatchObject({
      accepted: 1,
      succeeded: 1,
      waiting: 0,
      running: 0,
    });
  });

  it('is tried twice more after function errors: after one minute, and two minutes later', async () => {
    const { queue, clock, times } = queueOf({ answer: FAILED });

    queue.accept('work', '{}', 'r1');
    await clock.advance(HOUR);

    expect(times()).toEqual([0, 1 * MINUTE, 3 * MINUTE]);
    expect(queue.counts('work')).toMatchObject({ retried: 2, dropped: 1, waiting: 0 });
  });

  it('keeps its request id and payload on every attempt', async () => {
    const { queue, clock, attempts } = queueOf({ answer: FAILED });

    queue.accept('work', '{"n":1}', 'r1');
    await clock.advance(HOUR);

    expect(new Set(attempts.map(({ requestId, payload }) => requestId + payload))).toEqual(
      new Set(['r1{"n":1}']),
    );
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
  it.each([0, 1, 2])(
    'is retried %i times where the function is set up so',
    async (maximumRetryAttempts) => {
      const { queue, clock, times } = queueOf({
        answer: FAILED,
        settings: { maximumRetryAttempts },
      });

      queue.accept('work', '{}', 'r1');
      await clock.advance(HOUR);

      expect(times()).toHaveLength(1 + maximumRetryAttempts);
    },
  );

  it('that is throttled is tried again after one second, then ever longer, up to five minutes', async () => {
    const { queue, clock, times } = queueOf({ answer: THROTTLED });

    queue.accept('work', '{}', 'r1');
    await clock.advance(2 * HOUR);

    const at = times();
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, wait] of waits.slice(0, 9).entries()) {
      const shortest = Math.min(2 ** index * SECOND, 200 * SECOND);
      expect(wait).toBeGreaterThanOrEqual(shortest);
      expect(wait).toBeLessThanOrEqual(shortest * 1.5);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(5 * MINUTE);
  });

  it('that meets a system error is tried again like a throttled one, and says so', async () => {
    let systemErrors = 2;
    const { queue, clock, times, faults } = queueOf({
      answer: () => {
        if (systemErrors-- > 0) throw new Error('no thread');
        return SUCCEEDED();
      },
      settings: { maximumRetryAttempts: 0 },
    });

    queue.accept('work', '{}', 'r1');
    await clock.advance(10 * SECOND);

    expect(times()).toHaveLength(3);
    expect(queue.counts('work')).toMatchObject({ succeeded: 1, throttled: 0, dropped: 0 });
    expect(faults[0]).toBe(
      'Asynchronous event r1 could not be run, and is tried again: Error: no thread',
    );
  });

  it('that was run between two throttles waits one second after the second, too', async () => {
    const answers = [THROTTLED, THROTTLED, THROTTLED, THROTTLED, FAILED, THROTTLED, SUCCEEDED];
    const { queue, clock, times } = queueOf({ answer: () => (answers.shift() ?? SUCCEEDED)() });

    queue.accept('work', '{}', 'r1');
    await clock.advance(HOUR);

    const [afterError = 0, last = 0] = times().slice(-2);
    expect(last - afterError).toBeGreaterThanOrEqual(SECOND);
    expect(last - afterError).toBeLessThanOrEqual(1.5 * SECOND);
  });

  it('does not use up its retries by being throttled', async () => {
    let throttles = 20;
    const { queue, clock } = queueOf({
      answer: () => (throttles-- > 0 ? THROTTLED() : SUCCEEDED()),
      settings: { maximumRetryAttempts: 0 },
    });

    queue.accept('work', '{}', 'r1');
    await clock.advance(3 * HOUR);

    expect(queue.counts('work')).toMatchObject({ succeeded: 1, throttled: 20, dropped: 0 });
  });

  it('is dropped when it reaches its maximum age', async () => {
    const { queue, clock, sent } = queueOf({
      answer: THROTTLED,
      settings: { maximumEventAgeSeconds: 3600, onFailureArn: 'arn:failed' },
    });

    queue.accept('work', '{}', 'r1');
    await clock.advance(HOUR - 1);
    expect(queue.counts('work')).toMatchObject({ waiting: 1, dropped: 0, oldestAgeMs: HOUR - 1 });
    await clock.advance(1);

    expect(queue.counts('work')).toMatchObject({ waiting: 0, dropped: 1 });
    expect(JSON.parse(sent[0]?.body ?? '').requestContext.condition).toBe('EventAgeExceeded');
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  it('for a function that reserves 0 is not tried and goes to the failure destination', async () => {
    const { queue, attempts, sent } = queueOf({
      answer: SUCCEEDED,
      switchedOff: () => true,
      settings: { onFailureArn: 'arn:failed' },
    });

    queue.accept('work', '{}', 'r1');
    await settle();

    expect(attempts).toEqual([]);
    expect(JSON.parse(sent[0]?.body ?? '').requestContext.condition).toBe(
      'ZeroReservedConcurrency',
    );
  });
});
