import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { LogBook } from './logBook.ts';

const found = (book: LogBook, query: Partial<Parameters<LogBook['find']>[0]> = {}) =>
  book.find({ limit: 100, ...query }).map(({ line }) => line);

describe('The log book', () => {
  it('finds lines by any part of their text, the oldest first', () => {
    const book = new LogBook();
    book.add('orderAsync', '{"message":"order accepted","order_id":"ord_1"}');
    book.add('orderAsync', '{"message":"order accepted","order_id":"ord_2"}');
    book.add('queueWorker', '{"message":"order ended","order_id":"ord_1"}');

    expect(found(book, { text: 'ORD_1' })).toEqual([
      '{"message":"order accepted","order_id":"ord_1"}',
      '{"message":"order ended","order_id":"ord_1"}',
    ]);
  });

  it('takes the text as it is, not as a pattern', () => {
    const book = new LogBook();
    for (const line of ['a(b', 'a.b', 'axb']) book.add('health', line);

    expect(found(book, { text: 'A.B' })).toEqual(['a.b']);
    expect(found(book, { text: 'a(' })).toEqual(['a(b']);
  });

  it('keeps nothing of a long line but its beginning', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const heapBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const book = new LogBook();
    const before = heapBytes();

    for (let line = 0; line < 200; line++)
      book.add('worker', Buffer.alloc(250_000, 'x').toString());

    expect(heapBytes() - before).toBeLessThan(10_000_000);
    expect(found(book)[0]).toBe('x'.repeat(4096));
  });

  it('finds lines by function and level', () => {
    const book = new LogBook();
    book.add('orderAsync', '{"level":"WARN","message":"a"}');
    book.add('queueWorker', '{"level":"WARN","message":"b"}');
    book.add('queueWorker', '{"level":"INFO","message":"c"}');

    expect(found(book, { functionKey: 'queueWorker', level: 'WARN' })).toEqual([
      '{"level":"WARN","message":"b"}',
    ]);
  });

  it('keeps the newest lines when it is full', () => {
    const book = new LogBook(3);
    for (const line of ['1', '2', '3', '4', '5']) book.add('health', line);

    expect(found(book)).toEqual(['3', '4', '5']);
    expect(found(book, { limit: 2 })).toEqual(['4', '5']);
  });

  it('leaves out the frame that Lambda writes around each invocation, but for its report', () => {
    const book = new LogBook();
    for (const line of ['START RequestId: 1', 'END RequestId: 1', 'REPORT RequestId: 1'])
      book.add('health', line);

    expect(found(book)).toEqual(['REPORT RequestId: 1']);
  });

  it('cuts a line that is very long', () => {
    const book = new LogBook();
    book.add('health', 'x'.repeat(100_000));

    expect(found(book)[0]).toHaveLength(4096);
  });
});
