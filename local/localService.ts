import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ConsoleServer, startConsole } from './console/consoleServer.ts';
import { Observations } from './console/observations.ts';
import { type EmulatorThread, startEmulatorThread } from './emulators/emulatorThread.ts';
import { type EmulatorClients, emulatorClients, provision } from './emulators/provision.ts';
import { createHttpGateway, type HttpGateway } from './gateway/httpGateway.ts';
import { destinationSender } from './lambda/destinations.ts';
import { Lambda } from './lambda/lambda.ts';
import { sqsQueueClient } from './lambda/sqsQueueClient.ts';
import type { LocalOptions } from './options.ts';
import type { ReadyFile } from './readyFile.ts';
import { ACCOUNT_ID } from './template/identity.ts';
import type { ServiceModel } from './template/model.ts';
import { functionNameOf } from './template/functionName.ts';
import { readTemplate } from './template/readTemplate.ts';
import { TopicDelivery } from './topicDelivery.ts';
import { watchSources } from './watch.ts';

export interface LocalServiceOptions {
  options: LocalOptions;
  service: string;
  stage: string;
  region: string;
  serviceDirectory: string;
  /** The compiled template and the zips, once they are there: the emulators start meanwhile. */
  packaged: Promise<string>;
  port: number;
  consolePort: number;
  onLog: (functionKey: string, line: string) => void;
}

export interface LocalService {
  ready: ReadyFile;
  model: ServiceModel;
  version: string;
  /** Rejects when a part that the others need has died. */
  failure: Promise<never>;
  stop: () => Promise<void>;
}

/** Time that running invocations get to end: the whole stop stays within 5 s. */
const STOP_GRACE_MS = 4000;

/** Brings up all parts in the order they need each other, and takes them down in the reverse order. */
export async function startLocalService(settings: LocalServiceOptions): Promise<LocalService> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    return await startParts(settings, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  settings: LocalServiceOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<LocalService> {
  const { options, region, port, consolePort } = settings;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});

  const emulators = await startEmulators(settings, failure.reject);
  stops.push(emulators.stop);
  const clients = emulatorClients(emulators.messaging.url, emulators.tables.url, region);
  const apiUrl = `http://${options.host}:${port}`;
  const place = {
    service: settings.service,
    stage: settings.stage,
    region,
    apiUrl,
    sqsUrl: emulators.messaging.url,
  };
  const packageDirectory = await settings.packaged;
  const model = readTemplate(packageDirectory, place);
  await provision(model, clients);

  const observations = new Observations();
  const onLog = observations.listen(settings.onLog);
  const lambda = createLambda({ ...settings, onLog }, model, clients, emulators);
  await lambda.start();
  stops.push(() => lambda.stop({ graceMs: STOP_GRACE_MS }));
  const lambdaApi = await lambda.listenApi(0, '127.0.0.1');

  const deliveries = topicDeliveries(model, clients, lambda);
  for (const delivery of deliveries) await delivery.start();
  stops.push(async () => void (await Promise.all(deliveries.map((delivery) => delivery.stop()))));

  const gateway = createGateway(model, lambda);
  await gateway?.listen(port, options.host);
  // Its running requests end with the invocations they wait for, so all of them share one grace.
  let gatewayStopped: Promise<void> | undefined;
  stops.splice(1, 0, async () => gatewayStopped);
  stops.push(async () => {
    gatewayStopped = gateway?.stop(STOP_GRACE_MS);
  });
  if (options.watch) stops.push(watch(settings, packageDirectory, model, lambda));

  const ready: ReadyFile = {
    pid: process.pid,
    api: apiUrl,
    console: `http://${options.host}:${consolePort}`,
    endpoints: {
      sns: emulators.messaging.url,
      sqs: emulators.messaging.url,
      dynamodb: emulators.tables.url,
      lambda: lambdaApi.url,
    },
    outputs: model.outputs,
  };
  const version = versionOf(settings.serviceDirectory);
  const console: ConsoleServer = await startConsole({
    ready,
    model,
    version,
    lambda,
    gateway,
    observations,
    readOnly: options.readOnly,
    host: options.host,
    port: consolePort,
  });
  stops.push(console.stop);
  return {
    ready,
    model,
    version,
    failure: failure.promise,
    stop,
  };
}

function watch(
  { serviceDirectory, stage, onLog }: LocalServiceOptions,
  packageDirectory: string,
  { functions }: ServiceModel,
  lambda: Lambda,
): () => Promise<void> {
  return watchSources({
    serviceDirectory,
    packageDirectory,
    stage,
    functions,
    replaceFunction: (model) => lambda.replaceFunction(model),
    say: (text) => onLog('watch', text),
  }).stop;
}

interface Emulators {
  messaging: EmulatorThread;
  tables: EmulatorThread;
  stop: () => Promise<void>;
}

async function startEmulators(
  { options, region }: LocalServiceOptions,
  onDeath: (error: Error) => void,
): Promise<Emulators> {
  const folder = (name: string) =>
    options.dataDirectory === undefined
      ? {}
      : { dataDir: path.resolve(options.dataDirectory, name) };
  const [messaging, tables] = await Promise.all([
    startEmulatorThread(
      new URL('./emulators/messagingThread.ts', import.meta.url),
      { region, ...folder('messages') },
      onDeath,
    ),
    startEmulatorThread(
      new URL('./emulators/tablesThread.ts', import.meta.url),
      folder('tables'),
      onDeath,
    ),
  ]);
  return {
    messaging,
    tables,
    stop: async () => void (await Promise.all([messaging.stop(), tables.stop()])),
  };
}

function createLambda(
  { options, region, onLog }: LocalServiceOptions,
  model: ServiceModel,
  clients: EmulatorClients,
  { messaging, tables }: Emulators,
): Lambda {
  const lambda: Lambda = new Lambda({
    accountId: ACCOUNT_ID,
    region,
    functions: model.functions,
    eventSourceMappings: model.eventSourceMappings,
    asyncInvocation: model.asyncInvocation,
    schedules: model.schedules,
    accountQuota: options.accountQuota,
    isolation: options.isolation,
    environment: {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_SNS: messaging.url,
      AWS_ENDPOINT_URL_SQS: messaging.url,
      AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    },
    overrides: { set: options.set, unset: options.unset },
    dataDirectory: options.dataDirectory,
    queueClient: (queueArn) => sqsQueueClient(clients.sqs, queueUrlOf(model, queueArn)),
    sendToArn: destinationSender(clients, (functionArn, payload) =>
      lambda.invoke(functionArn, payload, { type: 'Event' }),
    ),
    onLog,
  });
  return lambda;
}

function queueUrlOf(model: ServiceModel, queueArn: string): string {
  const queue = model.queues.find(({ arn }) => arn === queueArn);
  if (!queue)
    throw new Error(
      `An event source mapping reads ${queueArn}, which the template does not declare`,
    );
  return queue.url;
}

function topicDeliveries(
  model: ServiceModel,
  clients: EmulatorClients,
  lambda: Lambda,
): TopicDelivery[] {
  return model.subscriptions
    .filter(({ protocol }) => protocol === 'lambda')
    .map((subscription) => {
      const invoke = (name: string, payload: string) =>
        lambda.invoke(name, payload, { type: 'Event' });
      return new TopicDelivery(
        subscription,
        functionNameOf(subscription.endpoint),
        clients,
        invoke,
      );
    });
}

function createGateway(model: ServiceModel, lambda: Lambda): HttpGateway | undefined {
  if (!model.httpApi) return undefined;
  return createHttpGateway({
    api: model.httpApi,
    accountId: model.accountId,
    region: model.region,
    invoke: (functionName, payload) => lambda.invoke(functionName, payload),
  });
}

function versionOf(serviceDirectory: string): string {
  const { version } = JSON.parse(
    readFileSync(path.join(serviceDirectory, 'package.json'), 'utf8'),
  ) as { version?: string };
  return version ?? '';
}
