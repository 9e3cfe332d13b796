import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

type Dynalite = (options: object) => Server;
const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite;

const ORDERS = {
  TableName: 'orders',
  KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' as const }],
  AttributeDefinitions: ['order_id', 'open_shard', 'sweep_at'].map(stringAttribute),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open-orders',
      KeySchema: [
        { AttributeName: 'open_shard', KeyType: 'HASH' as const },
        { AttributeName: 'sweep_at', KeyType: 'RANGE' as const },
      ],
      Projection: {
        ProjectionType: 'INCLUDE' as const,
        NonKeyAttributes: ['accepted_at', 'way'],
      },
    },
  ],
};
const CHARGES = {
  TableName: 'charges',
  KeySchema: [{ AttributeName: 'charge_id', KeyType: 'HASH' as const }],
  AttributeDefinitions: [stringAttribute('charge_id')],
};

const OPERATIONS = {
  TableName: 'operations',
  KeySchema: [
    { AttributeName: 'subject', KeyType: 'HASH' as const },
    { AttributeName: 'at_id', KeyType: 'RANGE' as const },
  ],
  AttributeDefinitions: ['subject', 'at_id'].map(stringAttribute),
};

const STOCK = {
  TableName: 'stock',
  KeySchema: [{ AttributeName: 'row_id', KeyType: 'HASH' as const }],
  AttributeDefinitions: ['row_id', 'open_in', 'held_in'].map(stringAttribute),
  GlobalSecondaryIndexes: ['open', 'held'].map((name) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: `${name}_in`, KeyType: 'HASH' as const },
      { AttributeName: 'row_id', KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  })),
};

function stringAttribute(name: string) {
  return { AttributeName: name, AttributeType: 'S' as const };
}

/** A table that has just been created refuses its items until it is active. */
export async function createTable(
  client: DynamoDBClient,
  table: Omit<CreateTableCommandInput, 'BillingMode'>,
): Promise<void> {
  await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
  const wait = { client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 };
  await waitUntilTableExists(wait, { TableName: table.TableName });
}

/** A DynamoDB on a free port with all tables, and what a client of the SDK (`sdk`) and ours (`access`) are made with. */
export async function startDynalite({ keepAliveTimeout = 5_000 } = {}) {
  const server = Object.assign(dynalite({ createTableMs: 0 }), { keepAliveTimeout });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sdk = { region: 'us-east-1', endpoint, credentials };
  const client = new DynamoDBClient(sdk);
  for (const table of [ORDERS, CHARGES, OPERATIONS, STOCK]) await createTable(client, table);
  client.destroy();
  return {
    endpoint,
    sdk,
    access: { ...sdk, credentials: { ...credentials, sessionToken: undefined } },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
