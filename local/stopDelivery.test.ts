import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from '@jest/globals';
import type { EmulatorClients } from './emulators/provision.ts';
import { TopicDelivery } from './emulators/topicDelivery.ts';

it('A delivery to a function that waits for messages stops at once', async () => {
  const receive = ({ abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  const sqs = {
    send: async (command: unknown, options: { abortSignal: AbortSignal }) =>
      command instanceof ReceiveMessageCommand ? receive(options) : { QueueUrl: 'hidden' },
  };
  const sns = { send: async () => ({}) };
  const delivery = new TopicDelivery(
    {
      topicArn: 'arn:aws:sns:us-east-1:000000000000:orders',
      protocol: 'lambda',
      endpoint: 'arn:aws:lambda:us-east-1:000000000000:function:direct',
      rawMessageDelivery: false,
      filterPolicy: undefined,
      filterPolicyScope: 'MessageAttributes',
      deadLetterArn: undefined,
    },
    'direct',
    { sqs, sns } as unknown as EmulatorClients,
    async () => {},
    () => {},
  );
  await delivery.start();
  const startedAt = performance.now();

  await delivery.stop();

  expect(performance.now() - startedAt).toBeLessThan(100);
});
