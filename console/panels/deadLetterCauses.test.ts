import { describe, expect, it } from '@jest/globals';
import { readDeadLetter } from './deadLetterCauses.ts';

const ORDER = `ord_${'a'.repeat(32)}`;
const message = (body: string, attributes = {}) => ({
  messageId: 'm-1',
  sentTimestamp: 0,
  body,
  messageAttributes: attributes,
});

describe('A dead letter', () => {
  it('of the queue names its order, whose record knows the cause', () => {
    expect(readDeadLetter('orders', message(JSON.stringify({ order_id: ORDER })))).toMatchObject({
      orderId: ORDER,
      cause: undefined,
      sentAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('of a subscription carries what failed at the hand-over', () => {
    const attributes = { ERROR_MESSAGE: { StringValue: 'no such function' } };

    expect(readDeadLetter('direct', message(ORDER, attributes)).cause).toBe('no such function');
  });

  it('of an asynchronous invocation tells how often it was called and what it threw', () => {
    const record = {
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { Records: [{ Sns: { Message: ORDER } }] },
      responsePayload: { errorMessage: 'the provider is down' },
    };

    expect(readDeadLetter('direct', message(JSON.stringify(record)))).toMatchObject({
      orderId: ORDER,
      cause: 'RetriesExhausted after 3 calls: the provider is down',
    });
  });

  it('that is not an order message is shown all the same', () => {
    expect(readDeadLetter('orders', message('null'))).toMatchObject({
      orderId: undefined,
      cause: undefined,
      body: 'null',
    });
  });
});
