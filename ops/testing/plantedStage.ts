import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { createTable } from '../../lib/testing/startDynalite.ts';
import { localStage, type Stage } from '../stage.ts';

/** A stage of emulators that a test fills itself: no function runs there. */
export interface PlantedStage {
  stage: Stage;
  messaging: FauxqsServer;
  asyncEvents: string[];
  schedules: Record<string, boolean>;
  /** Every call to the Lambda API, as `METHOD path body`. */
  lambdaCalls: string[];
  lambdaState: {
    reserved: number | undefined;
    maximum: number;
    batchSize: number;
    /** Of the event source mapping; while it says `Updating`, changes do not take effect. */
    mapping: string;
  };
  putOrder(order: PlantedRow): Promise<void>;
  putCharge(charge: PlantedRow): Promise<void>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Texts and numbers, or attributes as DynamoDB has them. */
type PlantedRow = Record<string, string | number | AttributeValue>;

const QUEUES = ['orders', 'orders-dead-letters', 'direct-dead-letters'].map(
  (name) => `flash-sale-local-${name}`,
);
const ORDERS = 'flash-sale-local-orders';
const CHARGES = 'flash-sale-local-charges';
const OPERATIONS = 'flash-sale-local-operations';

export async function startPlantedStage(): Promise<PlantedStage> {
  const messaging = await startFauxqs({ port: 0, logger: false });
  const tables = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const tablesUrl = await listen(tables);
  const urls = QUEUES.map((name) => messaging.createQueue(name).queueUrl);
  messaging.createTopic(ORDERS);
  const attributes = { RawMessageDelivery: 'true', FilterPolicy: '{"way":["queued"]}' };
  messaging.subscribe({ topic: ORDERS, queue: ORDERS, attributes });
  const state = {
    asyncEvents: [] as string[],
    schedules: {} as Record<string, boolean>,
    lambdaCalls: [] as string[],
    lambdaState: {
      ...{ reserved: 20 as number | undefined, maximum: 20, batchSize: 10 },
      mapping: 'Enabled',
    },
  };
  const runtime = createServer((request, response) => {
    void answer(request, state, messaging, urls).then((body) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const runtimeUrl = await listen(runtime);
  const [OrderQueueUrl = '', OrderDeadLetterQueueUrl = '', DirectDeadLetterQueueUrl = ''] = urls;
  const stage = localStage({
    pid: process.pid,
    api: runtimeUrl,
    console: runtimeUrl,
    endpoints: {
      sns: messaging.address,
      sqs: messaging.address,
      dynamodb: tablesUrl,
      lambda: runtimeUrl,
    },
    outputs: {
      HttpApiUrl: runtimeUrl,
      OrderTopicArn: `arn:aws:sns:us-east-1:000000000000:${ORDERS}`,
      OrderQueueUrl,
      OrderDeadLetterQueueUrl,
      DirectDeadLetterQueueUrl,
      OrdersTableName: ORDERS,
      ChargesTableName: CHARGES,
      OperationsTableName: OPERATIONS,
      FunctionNamePrefix: 'flash-sale-local-',
      WorkerBatchSize: '10',
    },
  });
  const { dynamodb } = stage.clients;
  await createKeyedTable(stage, ORDERS, 'order_id');
  await createKeyedTable(stage, CHARGES, 'charge_id');
  await createKeyedTable(stage, OPERATIONS, 'subject', 'at_id');
  const put = async (TableName: string, row: PlantedRow) => {
    await dynamodb.send(new PutItemCommand({ TableName, Item: marshal(row) }));
  };
  return {
    ...state,
    stage,
    messaging,
    putOrder: (order) => put(ORDERS, { ...newOrderRow(), ...order }),
    putCharge: (charge) => put(CHARGES, { ...newChargeRow(), ...charge }),
    async clear() {
      messaging.reset();
      state.asyncEvents.length = 0;
      state.lambdaCalls.length = 0;
      await empty(stage, ORDERS, 'order_id');
      await empty(stage, CHARGES, 'charge_id');
      await empty(stage, OPERATIONS, 'subject', 'at_id');
    },
    async stop() {
      stage.close();
      await Promise.all([messaging.stop(), close(tables), close(runtime)]);
    },
  };
}

const newOrderRow = () => ({
  way: 'queued',
  total_cents: 1998,
  revision: 1,
  created_at: new Date().toISOString(),
  accepted_at: new Date().toISOString(),
});

const newChargeRow = () => ({
  amount_cents: 1998,
  outcome: 'charged',
  begun_at: '2026-01-01T00:00:00.000Z',
  resolves_at: '2026-01-01T00:00:03.000Z',
});

const marshal = (row: PlantedRow): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'object'
        ? value
        : typeof value === 'number'
          ? { N: String(value) }
          : { S: value },
    ]),
  );

const createKeyedTable = (
  { clients: { dynamodb } }: Stage,
  TableName: string,
  ...key: string[]
): Promise<void> =>
  createTable(dynamodb, {
    TableName,
    AttributeDefinitions: key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: key.map((AttributeName, index) => ({
      AttributeName,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    })),
  });

/** Row by row: the emulator answers DeleteTable before the table is gone. */
async function empty(
  { clients: { dynamodb } }: Stage,
  TableName: string,
  ...key: string[]
): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) {
    for (const item of Items) {
      const Key = Object.fromEntries(Object.entries(item).filter(([name]) => key.includes(name)));
      await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    }
  }
}

type State = Pick<PlantedStage, 'asyncEvents' | 'schedules' | 'lambdaCalls' | 'lambdaState'>;

/** What `sls local` answers on its console and as the Lambda API. */
async function answer(
  request: IncomingMessage,
  state: State,
  messaging: FauxqsServer,
  urls: string[],
): Promise<unknown> {
  const { method, url: path = '' } = request;
  const body = (await request.toArray()).join('');
  if (path === '/api/messages') {
    const queues = Object.fromEntries(
      urls.map((url, index) => [url, inspect(messaging, QUEUES[index] ?? '')]),
    );
    return { queues, async: state.asyncEvents, schedules: state.schedules };
  }
  state.lambdaCalls.push(`${method} ${path.split('?')[0]} ${body}`.trim());
  return answerLambda(`${method} ${path}`, body, state.lambdaState);
}

function answerLambda(call: string, body: string, lambda: PlantedStage['lambdaState']): unknown {
  const mapping = () => ({
    UUID: 'mapping-1',
    State: lambda.mapping,
    BatchSize: lambda.batchSize,
    ScalingConfig: { MaximumConcurrency: lambda.maximum },
  });
  if (/^PUT .*event-source-mappings/.test(call)) {
    const change = JSON.parse(body);
    if (lambda.mapping === 'Updating') return mapping();
    if (change.Enabled !== undefined) lambda.mapping = change.Enabled ? 'Enabled' : 'Disabled';
    else
      Object.assign(lambda, {
        batchSize: change.BatchSize,
        maximum: change.ScalingConfig.MaximumConcurrency,
      });
    return mapping();
  }
  if (/GET .*event-source-mappings\/mapping-1/.test(call)) return mapping();
  if (/event-source-mappings\?/.test(call)) return { EventSourceMappings: [mapping()] };
  if (/^PUT .*concurrency/.test(call))
    lambda.reserved = JSON.parse(body).ReservedConcurrentExecutions;
  if (/concurrency$/.test(call)) return { ReservedConcurrentExecutions: lambda.reserved };
  return { Environment: { Variables: { SYNC_LEASE_SECONDS: '15', SWEEP_AFTER_SECONDS: '900' } } };
}

function inspect(messaging: FauxqsServer, name: string) {
  const { ready = [], delayed = [], inflight = [] } = messaging.inspectQueue(name)?.messages ?? {};
  return {
    visible: [...ready, ...delayed].map(({ body }) => body),
    inFlight: inflight.map(({ message }) => message.body),
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
