import { describe, expect, it } from '@jest/globals';
import type { Books } from '../../contracts/saleResults.ts';
import { compareMetrics, metricFaults } from './metricsCheck.ts';

const books = {
  orders: { accepted: 3, completed: 3, declined: 1, cancelled: 0, pending: 0 },
  charges: { count: 3, cents: 300 },
} as Books;

const series = (name: string, sum: number, way: string) => ({
  ...{ namespace: 'FlashSale', name, unit: 'Count', dimensions: { way } },
  ...{ count: sum, sum, min: 1, max: 1 },
});
const allSeries = [
  series('OrderAccepted', 2, 'sync'),
  series('OrderAccepted', 2, 'direct'),
  series('OrderCompleted', 3, 'direct'),
  series('OrderDeclined', 1, 'sync'),
];
const lines = { read: 40, invalid: 0 };

describe('the metrics of a run', () => {
  it('are those of the books when their sums over all ways are', () => {
    expect(metricFaults(compareMetrics({ lines, series: allSeries }, books))).toEqual([]);
  });

  it('are told where one is missing', () => {
    const faults = metricFaults(compareMetrics({ lines, series: allSeries.slice(1) }, books));

    expect(faults).toEqual(['OrderAccepted adds up to 2, the books have 4 orders']);
  });

  it('are told where a line breaks the format', () => {
    const broken = { read: 40, invalid: 1, lastFault: 'no Namespace' };

    expect(metricFaults(compareMetrics({ lines: broken, series: allSeries }, books))).toEqual([
      '1 EMF lines are not valid, the last one: no Namespace',
    ]);
  });
});
