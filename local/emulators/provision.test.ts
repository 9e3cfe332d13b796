import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import dynalite from 'dynalite';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import type { TemplateResource } from '../template/resolve.ts';
import { queue, read } from '../template/testing/template.ts';
import { type EmulatorClients, emulatorClients, provision } from './provision.ts';

const REGION = 'eu-west-1';
const arnOf = (service: string, name: string) =>
  `arn:aws:${service}:${REGION}:000000000000:${name}`;

let messaging: FauxqsServer;
let tables: Server;
let clients: EmulatorClients;

beforeAll(async () => {
  messaging = await startFauxqs({ port: 0, logger: false, defaultRegion: REGION });
  tables = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => tables.listen(0, '127.0.0.1', resolve));
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const { port } = tables.address() as AddressInfo;
  clients = emulatorClients(url(messaging.port), url(port), REGION);
});

afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  tables.close();
  await messaging.stop();
});

const topic: TemplateResource = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } };
const subscription = (to: string): TemplateResource => ({
  Type: 'AWS::SNS::Subscription',
  Properties: {
    TopicArn: { Ref: 'Topic' },
    Protocol: 'sqs',
    Endpoint: { 'Fn::GetAtt': [to, 'Arn'] },
    RawMessageDelivery: true,
  },
});
const table = (...indexed: string[]): TemplateResource => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName: 'orders',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['id', ...indexed].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...(indexed.length > 0 && {
      GlobalSecondaryIndexes: indexed.map((AttributeName) => ({
        IndexName: `by-${AttributeName}`,
        KeySchema: [{ AttributeName, KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  },
});

async function received(name: string): Promise<string[]> {
  const QueueUrl = `http://127.0.0.1:${messaging.port}/000000000000/${name}`;
  const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  return Messages.map(({ Body = '' }) => Body);
}

describe('A start on the data of an earlier one', () => {
  it('delivers by the subscriptions of its manifest, and by no others', async () => {
    const both = {
      Topic: topic,
      Kept: queue({ QueueName: 'kept' }),
      Left: queue({ QueueName: 'left' }),
      ToKept: subscription('Kept'),
    };
    await provision(read({ ...both, ToLeft: subscription('Left') }), clients);

    await provision(read(both), clients);
    await clients.sns.send(new PublishCommand({ TopicArn: arnOf('sns', 'news'), Message: 'news' }));

    expect(await received('kept')).toEqual(['news']);
    expect(await received('left')).toEqual([]);
  });

  it('names a table that has other keys or indexes than its manifest, and no other', async () => {
    const first = await provision(read({ Orders: table('status') }), clients);
    const same = await provision(read({ Orders: table('status') }), clients);
    const other = await provision(read({ Orders: table('status', 'city') }), clients);

    expect([first, same]).toEqual([[], []]);
    expect(other).toEqual([{ what: 'Orders', why: expect.stringContaining('the data folder') }]);
  });
});
