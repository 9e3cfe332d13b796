import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type AsyncEventStore, memoryEventStore, sqliteEventStore } from './asyncEventStore.ts';
import { AsyncInvocation, type AsyncSettings, DEFAULT_ASYNC_SETTINGS } from './asyncInvocation.ts';
import { ThrottledError } from './errors.ts';
import type { FinishedInvocation } from './functionRuntime.ts';
import { ManualClock, settle } from './testing/manualClock.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:work';
const THROTTLED = () => {
  throw new ThrottledError('ReservedFunctionConcurrentInvocationLimitExceeded');
};

const finished = (payload: string, isError: boolean): FinishedInvocation => ({
  payload,
  isError,
  isTimeout: false,
  durationMs: 1,
  billedMs: 1,
  initMs: undefined,
});
const SUCCEEDED = () => finished('{"ok":true}', false);
const FAILED = () => finished('{"errorType":"Error","errorMessage":"no luck"}', true);

interface Setup {
  answer: () => FinishedInvocation | Promise<FinishedInvocation>;
  settings?: Partial<AsyncSettings>;
  deadLetterArn?: string;
  switchedOff?: () => boolean;
  store?: AsyncEventStore;
  clock?: ManualClock;
}

function queueOf({
  answer,
  settings,
  deadLetterArn,
  switchedOff,
  store,
  clock = new ManualClock(),
}: Setup) {
  const attempts: { at: number; requestId: string; payload: string }[] = [];
  const sent: { arn: string; body: string; attributes: Record<string, string> | undefined }[] = [];
  const start = clock.now();
  const queue = new AsyncInvocation({
    clock,
    store: store ?? memoryEventStore,
    describe: () => ({
      arn: ARN,
      settings: { ...DEFAULT_ASYNC_SETTINGS, ...settings },
      deadLetterArn,
      switchedOff: switchedOff?.() ?? false,
    }),
    invoke: async ({ requestId, payload }) => {
      attempts.push({ at: clock.now() - start, requestId, payload });
      return answer();
    },
    sendToArn: async (arn, body, attributes) => void sent.push({ arn, body, attributes }),
    onFault: (_functionName, text) => {
      throw new Error(text);
    },
  });
  const times = () => attempts.map(({ at }) => at);
  return { queue, clock, attempts, times, sent };
}

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
      expect(wait).toBeLessThanOrEqual(Math.min(2 ** index * SECOND, 5 * MINUTE));
      expect(wait).toBeGreaterThanOrEqual(Math.min(2 ** index * SECOND, 5 * MINUTE) / 2);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(5 * MINUTE);
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

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
describe('the record of an asynchronous event', () => {
  it('that failed goes to the failure destination with request, response and number of attempts', async () => {
    const settings = { onFailureArn: 'arn:failed', onSuccessArn: 'arn:done' };
    const { queue, clock, sent } = queueOf({ answer: FAILED, settings });

    queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(HOUR);

    expect(sent.map(({ arn }) => arn)).toEqual(['arn:failed']);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      version: '1.0',
      timestamp: '2026-01-01T00:03:00.000Z',
      requestContext: {
        requestId: 'r1',
        functionArn: `${ARN}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { order: 7 },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: 'Unhandled',
      },
      responsePayload: { errorType: 'Error', errorMessage: 'no luck' },
    });
  });

  it('that succeeded goes to the success destination', async () => {
    const settings = { onFailureArn: 'arn:failed', onSuccessArn: 'arn:done' };
    const { queue, sent } = queueOf({ answer: SUCCEEDED, settings });

    queue.accept('work', '{"order":7}', 'r1');
    await settle();

    expect(sent.map(({ arn }) => arn)).toEqual(['arn:done']);
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'Success', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { ok: true },
    });
  });

  it('goes to the function´s own dead-letter queue as the bare event with the cause in attributes', async () => {
    const { queue, clock, sent } = queueOf({ answer: FAILED, deadLetterArn: 'arn:dead' });

    queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(HOUR);

    expect(sent).toEqual([
      {
        arn: 'arn:dead',
        body: '{"order":7}',
        attributes: { RequestID: 'r1', ErrorCode: '200', ErrorMessage: 'no luck' },
      },
    ]);
  });
});

describe('asynchronous events in a data directory', () => {
  const folders: string[] = [];
  const storeFile = () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'events-test-'));
    folders.push(folder);
    return path.join(folder, 'events.sqlite');
  };

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it('survive the end of the process with their attempts, and are tried when they are due', async () => {
    const file = storeFile();
    const clock = new ManualClock();
    const before = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    before.queue.accept('work', '{"order":7}', 'r1');
    await clock.advance(30 * SECOND);
    before.queue.halt();

    const after = queueOf({ answer: FAILED, clock, store: sqliteEventStore(file) });
    after.queue.start();
    expect(after.queue.payloads()).toEqual(['{"order":7}']);
    await clock.advance(HOUR);

    expect(after.times()).toEqual([30 * SECOND, 150 * SECOND]);
  });

  it('survive in the middle of an attempt, and are gone once they have reached their end', async () => {
    const file = storeFile();
    const before = queueOf({
      answer: () => new Promise(() => undefined),
      store: sqliteEventStore(file),
    });
    before.queue.accept('work', '{}', 'r1');
    await settle();
    expect(before.queue.counts('work')).toMatchObject({ running: 1, waiting: 0 });

    const after = queueOf({ answer: SUCCEEDED, store: sqliteEventStore(file) });
    after.queue.start();
    await after.clock.advance(0);
    await after.queue.close();

    expect(after.times()).toEqual([0]);
    expect(sqliteEventStore(file).all()).toEqual([]);
  });

  it('do not count an attempt that the stop itself has ended', async () => {
    const file = storeFile();
    let end = (_response: FinishedInvocation) => {};
    const answer = () =>
      new Promise<FinishedInvocation>((resolve) => {
        end = resolve;
      });
    const { queue } = queueOf({ answer, store: sqliteEventStore(file) });
    queue.accept('work', '{}', 'r1');
    await settle();

    queue.halt();
    end(FAILED());
    await queue.close();

    expect(sqliteEventStore(file).all()).toMatchObject([{ requestId: 'r1', failedAttempts: 0 }]);
  });
});
