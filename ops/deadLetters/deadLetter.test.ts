import { describe, expect, it } from '@jest/globals';
import { readDeadLetter } from './deadLetter.ts';

const orderId = `ord_${'a'.repeat(32)}`;
const MESSAGE = JSON.stringify({ version: 1, order_id: orderId, way: 'queued', sent_at: 'then' });
const message = (body: string, attributes: Record<string, string> = {}) => ({
  messageId: 'm-1',
  sentTimestamp: 0,
  body,
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue }]),
  ),
});

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const envelope = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:orders',
  Message: MESSAGE,
  Timestamp: '2012-05-02T00:54:06.655Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLEw6JRN...',
  SigningCertURL: 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService.pem',
  UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
  MessageAttributes: { way: { Type: 'String', Value: 'direct' } },
};

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const record = (requestContext: object, rest: object = {}) => ({
  version: '1.0',
  timestamp: '2019-11-14T18:16:05.568Z',
  requestContext: {
    requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
    functionArn: 'arn:aws:lambda:us-east-2:123456789012:function:topicProcessor:$LATEST',
    ...requestContext,
  },
  requestPayload: {
    Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns: { ...envelope } }],
  },
  ...rest,
});
const FAILED = {
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorMessage: 'RequestId: e4b46cbf Process exited before completing request' },
};

describe('A dead letter', () => {
  it('that the queue gave up is the message as it was published', () => {
    expect(readDeadLetter('orders', message(MESSAGE, { way: 'queued' }))).toEqual({
      queue: 'orders',
      messageId: 'm-1',
      sentAt: '1970-01-01T00:00:00.000Z',
      givenUpBy: 'queue',
      orderId,
      said: undefined,
      wasTried: true,
      body: MESSAGE,
    });
  });

  it.each([
    ['in its envelope', JSON.stringify(envelope)],
    ['raw', MESSAGE],
  ])('that SNS could not hand over is the message %s, with the error beside it', (_, body) => {
    const attributes = {
      RequestID: 'r-1',
      ErrorCode: '403',
      ErrorMessage: 'Access to the resource is denied.',
    };
    expect(readDeadLetter('direct', message(body, attributes))).toMatchObject({
      givenUpBy: 'subscription',
      orderId,
      said: 'Access to the resource is denied.',
      wasTried: false,
    });
  });

  it('that SNS could not hand over may have nothing but a code', () => {
    const letter = readDeadLetter('direct', message(MESSAGE, { ErrorCode: '403' }));
    expect(letter).toMatchObject({ givenUpBy: 'subscription', said: '403' });
  });

  it('that the queue gave up may be in its envelope, where raw delivery is off', () => {
    const letter = readDeadLetter('orders', message(JSON.stringify(envelope)));
    expect(letter).toMatchObject({ givenUpBy: 'queue', orderId, wasTried: true });
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq */
  it("of Lambda's own dead-letter queue is the event, with the error beside it", () => {
    const { requestPayload } = record({});
    const attributes = {
      RequestID: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      ErrorCode: '200',
      ErrorMessage: 'the charge is absent',
    };
    const letter = readDeadLetter('direct', message(JSON.stringify(requestPayload), attributes));
    const expected = { givenUpBy: 'invocation', said: 'the charge is absent', wasTried: true };
    expect(letter).toMatchObject({ orderId, ...expected });
  });

  it.each([
    [
      'was tried to the end',
      record({ condition: 'RetriesExhausted', approximateInvokeCount: 3 }, FAILED),
      `RetriesExhausted after 3 calls: ${FAILED.responsePayload.errorMessage}`,
      true,
    ],
    [
      'became too old',
      record({ condition: 'EventAgeExceeded', approximateInvokeCount: 1 }, FAILED),
      `EventAgeExceeded after 1 call: ${FAILED.responsePayload.errorMessage}`,
      true,
    ],
    [
      'was never called for',
      record({ condition: 'EventAgeExceeded', approximateInvokeCount: 0 }),
      'EventAgeExceeded after 0 calls',
      false,
    ],
    [
      'ran out of time',
      record(
        { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        {
          responsePayload: {
            errorType: 'Sandbox.Timedout',
            errorMessage: 'RequestId: e4b46cbf Error: Task timed out after 30.00 seconds',
          },
        },
      ),
      'RetriesExhausted after 3 calls: RequestId: e4b46cbf Error: Task timed out after 30.00 seconds',
      true,
    ],
    [
      'answered nothing that can be read',
      record(
        { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        { responsePayload: 'x' },
      ),
      'RetriesExhausted after 3 calls',
      true,
    ],
    [
      'does not tell its calls',
      record({ condition: 'RetriesExhausted' }),
      'RetriesExhausted',
      true,
    ],
    [
      'met a function that may not run',
      record({ condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 }),
      'ZeroReservedConcurrency after 0 calls',
      false,
    ],
  ])('of an asynchronous invocation that %s says so', (_, body, said, wasTried) => {
    const letter = readDeadLetter('direct', message(JSON.stringify(body)));
    expect(letter).toMatchObject({ givenUpBy: 'invocation', orderId, said, wasTried });
  });

  it.each([
    'null',
    'poison',
    '{"version":1}',
    `{"order_id":"${orderId.toUpperCase()}"}`,
    `{"note":{"order_id":"${orderId}"}}`,
    '{"Message":"{"}',
    '{"Records":[]}',
    '{"requestContext":{"condition":"RetriesExhausted"},"requestPayload":null}',
    JSON.stringify(record({ condition: { toString: 1 } })),
  ])('%s points to no order, and is shown all the same', (body) => {
    expect(readDeadLetter('orders', message(body))).toMatchObject({ orderId: undefined, body });
  });
});
