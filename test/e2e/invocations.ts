import assert from 'node:assert/strict';
import { order } from '../journeys/client.ts';
import type { Checks } from './checks.ts';
import type { Deployment } from './deployment.ts';

interface HttpAnswer {
  statusCode: number;
  body: string;
}

/** `sls invoke` of every function, each with an event as its own trigger would send it. */
export async function checkInvocations(checks: Checks, deployment: Deployment): Promise<void> {
  const http = async (key: string, event: unknown) => {
    const { statusCode, body } = (await deployment.invoke(key, event)) as HttpAnswer;
    return { statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };
  let orderId = '';

  await checks.run('sls invoke health: 200, the service and its stage', async () => {
    const { statusCode, body } = await http('health', httpEvent('GET', '/health'));
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { status: 'ok', stage: deployment.stage });
  });
  await checks.run('sls invoke orderSync: 200, a completed order', async () => {
    const { statusCode, body } = await http(
      'orderSync',
      httpEvent('POST', '/orders/sync', order()),
    );
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { status: 'completed', way: 'sync' });
    orderId = String(body.order_id);
  });
  await checks.run('sls invoke orderAsync: 202, a pending order', async () => {
    const { statusCode, body } = await http(
      'orderAsync',
      httpEvent('POST', '/orders/async', order()),
    );
    assert.equal(statusCode, 202);
    assert.partialDeepStrictEqual(body, { status: 'pending', way: 'queued' });
  });
  await checks.run('sls invoke orderStatus: 200, the order that was paid', async () => {
    const event = httpEvent('GET', `/orders/${orderId}`);
    const { statusCode, body } = await http('orderStatus', {
      ...event,
      pathParameters: { order_id: orderId },
    });
    assert.equal(statusCode, 200);
    assert.partialDeepStrictEqual(body, { order_id: orderId, status: 'completed' });
  });
  await checks.run('sls invoke queueWorker: hands back the poison record alone', async () => {
    const answer = await deployment.invoke('queueWorker', queueEvent([message(orderId), 'poison']));
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  });
  await checks.run('sls invoke topicProcessor: done with an order that is final', async () => {
    assert.equal(await deployment.invoke('topicProcessor', topicEvent(message(orderId))), null);
  });
  await checks.run('sls invoke orderSweeper: a run that ends well', async () => {
    assert.equal(await deployment.invoke('orderSweeper', { source: 'aws.events' }), null);
  });
}

const message = (orderId: string) =>
  JSON.stringify({
    version: 1,
    order_id: orderId,
    way: 'queued',
    sent_at: new Date().toISOString(),
  });

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
const httpEvent = (method: string, path: string, body?: unknown) => ({
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
const queueEvent = (bodies: string[]) => ({
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
const topicEvent = (Message: string) => ({
  Records: [
    {
      EventVersion: '1.0',
      EventSource: 'aws:sns',
      Sns: { Type: 'Notification', MessageId: 'message-0', Message, MessageAttributes: {} },
    },
  ],
});
