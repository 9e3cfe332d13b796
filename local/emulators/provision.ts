import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ResourceInUseException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateTopicCommand,
  paginateListSubscriptions,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type {
  NotRun,
  QueueModel,
  ServiceModel,
  SubscriptionModel,
  TableModel,
  TopicModel,
} from '../template/model.ts';

type Keyed = Pick<
  TableDescription,
  'KeySchema' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'
>;

export interface EmulatorClients {
  sns: SNSClient;
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
}

const FOUND_WITHIN_MS = 2_000;

export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export function emulatorClients(
  messagingUrl: string,
  tablesUrl: string,
  region: string,
): EmulatorClients {
  const common = { region, credentials: LOCAL_CREDENTIALS };
  return {
    sns: new SNSClient({ ...common, endpoint: messagingUrl }),
    sqs: new SQSClient({ ...common, endpoint: messagingUrl }),
    dynamodb: new DynamoDBClient({ ...common, endpoint: tablesUrl }),
  };
}

/** Throws where nobody answers at the address as DynamoDB does. */
export async function findTables(endpoint: string, region: string): Promise<void> {
  const requestHandler = { connectionTimeout: FOUND_WITHIN_MS, requestTimeout: FOUND_WITHIN_MS };
  const retries = {
    maxAttempts: 1,
    requestHandler: { ...requestHandler, throwOnRequestTimeout: true },
  };
  const dynamodb = new DynamoDBClient({
    region,
    credentials: LOCAL_CREDENTIALS,
    endpoint,
    ...retries,
  });
  try {
    await dynamodb.send(new ListTablesCommand({ Limit: 1 }));
  } catch (error) {
    throw new Error(`no DynamoDB answers there (${(error as Error).message})`);
  } finally {
    dynamodb.destroy();
  }
}

/**
 * Creates what the template declares. What a data directory already holds is brought in line, never emptied; returns
 * what of it could not be.
 */
export async function provision(model: ServiceModel, clients: EmulatorClients): Promise<NotRun[]> {
  const [differences] = await Promise.all([
    Promise.all(model.tables.map((table) => createTable(table, clients.dynamodb))),
    (async () => {
      await Promise.all([
        ...model.queues.map((queue) => createQueue(queue, clients.sqs)),
        ...model.topics.map((topic) => createTopic(topic, clients.sns)),
        unsubscribeAll(clients.sns),
      ]);
      const toQueues = model.subscriptions.filter(({ protocol }) => protocol === 'sqs');
      for (const subscription of toQueues) await subscribe(subscription, clients.sns);
    })(),
  ]);
  return differences.flat();
}

/** Those of an earlier start: some may have left the manifest, and the emulator refuses a changed filter policy. */
async function unsubscribeAll(sns: SNSClient): Promise<void> {
  const arns: string[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptions({ client: sns }, {}))
    arns.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
  for (const SubscriptionArn of arns) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
}

export async function createQueue(
  { name, attributes }: Pick<QueueModel, 'name' | 'attributes'>,
  sqs: SQSClient,
): Promise<string> {
  try {
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    return QueueUrl;
  } catch (error) {
    if (!/^Queue(Name|Already)Exists$/.test((error as Error).name)) throw error;
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const { FifoQueue: _fixed, ...changeable } = attributes;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: changeable }));
    return QueueUrl;
  }
}

/** Subscribes a queue; to the emulator every endpoint is one. */
export async function subscribe(subscription: SubscriptionModel, sns: SNSClient): Promise<string> {
  const { topicArn, endpoint, filterPolicy, filterPolicyScope, deadLetterArn } = subscription;
  const { SubscriptionArn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: endpoint,
      ReturnSubscriptionArn: true,
      Attributes: {
        RawMessageDelivery: String(subscription.rawMessageDelivery),
        ...(filterPolicy && {
          FilterPolicy: JSON.stringify(filterPolicy),
          FilterPolicyScope: filterPolicyScope,
        }),
        ...(deadLetterArn !== undefined && {
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn }),
        }),
      },
    }),
  );
  return SubscriptionArn;
}

async function createTopic({ name, attributes }: TopicModel, sns: SNSClient): Promise<void> {
  await sns.send(new CreateTopicCommand({ Name: name, Attributes: attributes }));
}

async function createTable(
  { logicalId, name, definition }: TableModel,
  dynamodb: DynamoDBClient,
): Promise<NotRun[]> {
  const wanted = definition as unknown as CreateTableCommandInput;
  let isNew = true;
  try {
    await dynamodb.send(new CreateTableCommand(wanted));
  } catch (error) {
    if (!(error instanceof ResourceInUseException))
      throw new Error(`${logicalId}: ${(error as Error).message}`, { cause: error });
    isNew = false;
  }
  await untilActive(dynamodb, name);
  return isNew || (await hasKeysOf(wanted, dynamodb)) ? [] : [{ what: logicalId, why: OTHER_KEYS }];
}

/** A table that has just been created refuses its items until then. */
export const untilActive = (client: DynamoDBClient, TableName: string): Promise<unknown> =>
  waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName });

const OTHER_KEYS =
  'the data folder holds this table with the keys and indexes it had; start with a new folder to change them';

async function hasKeysOf(
  wanted: CreateTableCommandInput,
  dynamodb: DynamoDBClient,
): Promise<boolean> {
  const describe = new DescribeTableCommand({ TableName: wanted.TableName });
  const { Table = {} } = await dynamodb.send(describe);
  return isDeepStrictEqual(keysOf(wanted), keysOf(Table));
}

/** Each index, and the table itself, with its key: in the order of their names, since the emulator keeps none. */
function keysOf({ KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes }: Keyed) {
  const indexes = [...(GlobalSecondaryIndexes ?? []), ...(LocalSecondaryIndexes ?? [])].map(
    (index) => [`index ${index.IndexName}`, index.KeySchema, index.Projection] as const,
  );
  const described = [['table', KeySchema, undefined] as const, ...indexes].map(
    ([name, keys = [], projection]) =>
      [
        name,
        ...keys.map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`).sort(),
        projection?.ProjectionType,
        ...(projection?.NonKeyAttributes ?? []).toSorted(),
      ].join(' '),
  );
  return described.sort();
}
