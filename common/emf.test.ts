import { describe, expect, it } from '@jest/globals';
import { isEmf, readEmf } from './emf.ts';
import { emfLine as line } from './testing/emfLine.ts';

describe('An EMF line', () => {
  it('is told from a log line', () => {
    expect(isEmf(line())).toBe(true);
    expect(isEmf('{"level":"INFO","message":"order accepted"}')).toBe(false);
    expect(isEmf('REPORT RequestId: 1')).toBe(false);
  });

  it('gives a metric under its dimensions', () => {
    expect(readEmf(line())).toEqual([
      {
        namespace: 'FlashSale',
        name: 'OrderAccepted',
        unit: 'Count',
        dimensions: { service: 'flash-sale', way: 'queued' },
        values: [1],
      },
    ]);
  });

  it('may hold up to a hundred values of one metric', () => {
    const values = Array.from({ length: 100 }, (_, index) => index);

    expect(readEmf(line({ OrderAccepted: values }))[0]?.values).toEqual(values);
    expect(() => readEmf(line({ OrderAccepted: [...values, 100] }))).toThrow(/OrderAccepted/);
  });

  it.each([
    ['a unit that CloudWatch does not know', line({}, { Unit: 'Orders' })],
    ['a metric without its value', line({ OrderAccepted: undefined })],
    ['a value that is text', line({ OrderAccepted: '1' })],
    ['a dimension without its value', line({ way: undefined })],
    ['a dimension that is not text', line({ way: 3 })],
    ['a resolution other than 1 and 60', line({}, { StorageResolution: 30 })],
    ['no metadata', '{"_aws":{}}'],
    ['more than a megabyte', line({ note: 'x'.repeat(1_048_576) })],
  ])('is refused with %s', (_what, text) => {
    expect(() => readEmf(text)).toThrow();
  });
});
