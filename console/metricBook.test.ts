import { describe, expect, it } from '@jest/globals';
import { emfLine as line } from '../common/testing/emfLine.ts';
import { MetricBook } from './metricBook.ts';

describe('The metric book', () => {
  it('adds up the values of every line by dimension', () => {
    const book = new MetricBook();
    book.add(line());
    book.add(line({ OrderAccepted: [1, 1] }));
    book.add(line({ way: 'direct' }));

    expect(book.by('way', 'OrderAccepted')).toEqual({
      queued: { count: 3, sum: 3 },
      direct: { count: 1, sum: 1 },
    });
    expect(book.lines).toMatchObject({ read: 3, invalid: 0 });
  });

  it('counts a line that breaks the rules and says which', () => {
    const book = new MetricBook();

    expect(book.add(line({ way: 3 }))).toBe(true);
    expect(book.lines).toMatchObject({ read: 1, invalid: 1 });
    expect(book.lines.lastFault).toContain('way');
    expect(book.all()).toEqual([]);
  });

  it('leaves other lines to the log', () => {
    expect(new MetricBook().add('order accepted')).toBe(false);
  });

  it('stays bounded when a dimension has a value of its own for every order', () => {
    const book = new MetricBook();
    for (let order = 0; order < 2500; order += 1) book.add(line({ way: `order-${order}` }));

    expect(book.all()).toHaveLength(2000);
  });
});
