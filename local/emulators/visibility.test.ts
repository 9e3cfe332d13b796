import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { expect, it } from '@jest/globals';
import { messagingThread } from './emulatorThread.ts';
import { createQueue, type EmulatorClients, emulatorClients } from './provision.ts';

/** Until it is stopped; gives what `act` gives. */
async function onData<T>(folder: string, act: (queue: Queue) => Promise<T>): Promise<T> {
  const thread = messagingThread('us-east-1', folder);
  const url = await thread.start();
  const { sqs } = emulatorClients(url, url, 'us-east-1');
  await createQueue({ name: 'inbox', attributes: {} }, sqs);
  try {
    return await act(queueOf(sqs, `${url}/000000000000/inbox`));
  } finally {
    await thread.stop();
  }
}

type Queue = ReturnType<typeof queueOf>;
const queueOf = (sqs: EmulatorClients['sqs'], QueueUrl: string) => ({
  send: (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),
  receive: async () => {
    const asked = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...asked }));
    return Messages ?? [];
  },
  release: (messages: Message[]) => {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({
      ...{ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 },
    }));
    return sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  },
});

const receives = (messages: Message[]) =>
  messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount);

it('A message kept on disk that its receiver shows again at once is there at once, with its receives', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'visibility-'));
  await onData(folder, async ({ send, receive, release }) => {
    for (const body of ['one', 'two']) await send(body);
    await release(await receive());

    const again = await receive();
    expect(receives(again)).toEqual(['2', '2']);
    await release(again);
  });
  expect(receives(await onData(folder, ({ receive }) => receive()))).toEqual(['3', '3']);
  rmSync(folder, { recursive: true });
});
