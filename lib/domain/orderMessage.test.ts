import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder } from '../testing/world.ts';
import { orderMessage, parseOrderMessage } from './orderMessage.ts';

const message = orderMessage(anAsyncOrder(), '2026-11-27T12:00:00.000Z');

describe('an order message', () => {
  it('is read as it was written', () => {
    expect(parseOrderMessage(JSON.stringify(message))).toEqual(message);
  });

  it('is read inside the envelope that SNS wraps around it', () => {
    const envelope = { Type: 'Notification', MessageId: '1', Message: JSON.stringify(message) };

    expect(parseOrderMessage(JSON.stringify(envelope))).toEqual(message);
  });

  it('may carry a later version with more fields', () => {
    const later = { ...message, version: 2, priority: 'high' };

    expect(parseOrderMessage(JSON.stringify(later))).toEqual({ ...message, version: 2 });
  });

  it.each([
    '',
    'poison',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...message, order_id: 'nope' }),
    JSON.stringify({ ...message, way: 'sync' }),
    JSON.stringify({ Type: 'Notification', Message: 'poison' }),
  ])('is not %j', (text) => {
    expect(() => parseOrderMessage(text)).toThrow('not an order message');
  });
});
