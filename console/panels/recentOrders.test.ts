import { describe, expect, it } from '@jest/globals';
import { LogBook } from '../logBook.ts';
import { RecentOrderBook } from './recentOrders.ts';

const ALL = { limit: 10 };

function books() {
  const logs = new LogBook(5);
  const say = (order_id: string, message: string, fields: object = {}, at = 0) =>
    logs.add('x', JSON.stringify({ message, order_id, way: 'queued', ...fields }), at);
  return { logs, say, book: new RecentOrderBook(logs) };
}

describe('The recent orders', () => {
  it('are those that log lines tell of, the newest first, with status and failed attempts', () => {
    const { say, book } = books();
    say('ord_1', 'order accepted', {}, 1);
    say('ord_1', 'attempt failed, the message has to come again', {}, 2);
    say('ord_2', 'order accepted', { way: 'direct' }, 3);
    say('ord_1', 'order ended', { status: 'declined' }, 4);

    expect(book.find(ALL)).toEqual({
      count: 2,
      orders: [
        { order_id: 'ord_2', way: 'direct', status: 'pending', taken_at: 3, failed_attempts: 0 },
        {
          ...{ order_id: 'ord_1', way: 'queued', status: 'declined', failed_attempts: 1 },
          ...{ taken_at: 1, ended_at: 4 },
        },
      ],
    });
  });

  it('are filtered by status and way, and counted beyond those that are shown', () => {
    const { say, book } = books();
    say('ord_1', 'order accepted');
    say('ord_2', 'order accepted');
    say('ord_3', 'order ended', { status: 'completed' });

    const pending = book.find({ status: 'pending', way: 'queued', limit: 1 });
    expect(pending).toMatchObject({ count: 2, orders: [{ order_id: 'ord_2' }] });
    expect(book.find({ way: 'sync', limit: 1 }).count).toBe(0);
  });

  it('are remembered when the log has dropped their lines, and no other line counts', () => {
    const { logs, say, book } = books();
    say('ord_1', 'order accepted');
    book.read();
    for (let line = 0; line < 9; line += 1) logs.add('x', `{"message":"order accepted ${line}"}`);

    expect(book.find(ALL).orders).toMatchObject([{ order_id: 'ord_1' }]);
  });
});
