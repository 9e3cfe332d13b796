import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
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
  QueueModel,
  ServiceModel,
  SubscriptionModel,
  TableModel,
  TopicModel,
} from '../template/model.ts';

export interface EmulatorClients {
  sns: SNSClient;
  sqs: SQSClient;
  dynamodb: DynamoDBClient;
}

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

/** Creates what the template declares. What a data directory already holds is brought in line, never emptied. */
export async function provision(model: ServiceModel, clients: EmulatorClients): Promise<void> {
  await Promise.all([
    ...model.tables.map((table) => createTable(table, clients.dynamodb)),
    (async () => {
      await Promise.all([
        ...model.queues.map((queue) => createQueue(queue, clients.sqs)),
        ...model.topics.map((topic) => createTopic(topic, clients.sns)),
      ]);
      const toQueues = model.subscriptions.filter(({ protocol }) => protocol === 'sqs');
      for (const subscription of toQueues) await subscribe(subscription, clients.sns);
    })(),
  ]);
}

export async function createQueue(
  { name, attributes }: QueueModel,
  sqs: SQSClient,
): Promise<string> {
  try {
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    return QueueUrl ?? '';
  } catch (error) {
    if (
      (error as Error).name !== 'QueueNameExists' &&
      (error as Error).name !== 'QueueAlreadyExists'
    )
      throw error;
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    const { FifoQueue: _fixed, ...changeable } = attributes;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: changeable }));
    return QueueUrl;
  }
}

/** An existing subscription is replaced: the emulator refuses a changed filter policy. */
export async function subscribe(
  subscription: Omit<SubscriptionModel, 'logicalId'>,
  sns: SNSClient,
): Promise<string> {
  const { topicArn, endpoint } = subscription;
  const { Subscriptions = [] } = await sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }),
  );
  for (const { SubscriptionArn, Endpoint } of Subscriptions) {
    if (Endpoint === endpoint) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
  const { SubscriptionArn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: endpoint,
      ReturnSubscriptionArn: true,
      Attributes: {
        RawMessageDelivery: String(subscription.rawMessageDelivery),
        ...(subscription.filterPolicy
          ? {
              FilterPolicy: JSON.stringify(subscription.filterPolicy),
              FilterPolicyScope: subscription.filterPolicyScope,
            }
          : {}),
      },
    }),
  );
  return SubscriptionArn;
}

async function createTopic({ name, attributes }: TopicModel, sns: SNSClient): Promise<void> {
  await sns.send(new CreateTopicCommand({ Name: name, Attributes: attributes }));
}

async function createTable(
  { name, definition }: TableModel,
  dynamodb: DynamoDBClient,
): Promise<void> {
  try {
    await dynamodb.send(new CreateTableCommand(definition as unknown as CreateTableCommandInput));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 },
    { TableName: name },
  );
}
