/** As intake publishes it. */
export const orderMessage = (orderId: string) =>
  JSON.stringify({
    version: 1,
    order_id: orderId,
    way: 'queued',
    sent_at: new Date().toISOString(),
  });

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export const httpEvent = (method: string, path: string, body?: unknown) => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path,
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  requestContext: { stage: '$default', requestId: 'request-0', http: { method, path } },
  ...(body !== undefined && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export const queueEvent = (bodies: string[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    receiptHandle: 'handle',
    body,
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    awsRegion: 'us-east-1',
  })),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export const topicEvent = (Message: string) => ({
  Records: [
    {
      EventVersion: '1.0',
      EventSource: 'aws:sns',
      Sns: { Type: 'Notification', MessageId: 'message-0', Message, MessageAttributes: {} },
    },
  ],
});
