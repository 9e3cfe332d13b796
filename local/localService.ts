import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ConsoleServer, startConsole } from '../console/consoleServer.ts';
import { Observations } from '../console/observations.ts';
import { type EmulatorClients, emulatorClients, provision } from './emulators/provision.ts';
import { type Emulators, startEmulators } from './emulators/startEmulators.ts';
import { TopicDelivery } from './emulators/topicDelivery.ts';
import { createHttpGateway, type HttpGateway } from './gateway/httpGateway.ts';
import { listenLambdaApi } from './lambda/api/server.ts';
import { destinationSender } from './lambda/asyncEvents/destinations.ts';
import { sqsQueueClient } from './lambda/eventSourceMappings/sqsQueueClient.ts';
import { Lambda } from './lambda/lambda.ts';
import type { LocalOptions } from './options.ts';
import { urlOf } from './ports.ts';
import type { ReadyFile } from './readyFile.ts';
import { StopOrder } from './shutdown.ts';
import { functionNameOf } from './template/functionName.ts';
import { ACCOUNT_ID } from './template/identity.ts';
import type { ServiceModel } from './template/model.ts';
import { readTemplate } from './template/readTemplate.ts';
import { watchSources } from './watch.ts';

export interface LocalServiceOptions {
  options: LocalOptions;
  service: string;
  stage: string;
  region: string;
  serviceDirectory: string;
  /** The compiled template and the zips, once they are there: the emulators start meanwhile. */
  packaged: Promise<string>;
  /** Packages the service once more, into another folder, when a source has changed. */
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
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

/** Brings up all parts in the order they need each other; what has come up is taken down again when one fails. */
export async function startLocalService(settings: LocalServiceOptions): Promise<LocalService> {
  const stops = new StopOrder();
  try {
    return await startParts(settings, stops);
  } catch (error) {
    await stops.stop();
    throw error;
  }
}

async function startParts(settings: LocalServiceOptions, stops: StopOrder): Promise<LocalService> {
  const { options, region, port, consolePort } = settings;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});

  const emulators = await startEmulators(region, options.dataDirectory, failure.reject);
  stops.stores.push(emulators.stop);
  const clients = emulatorClients(emulators.messaging.url, emulators.tables.url, region);
  const apiUrl = urlOf(options.host, port);
  const place = {
    service: settings.service,
    stage: settings.stage,
    region,
    apiUrl,
    sqsUrl: emulators.messaging.url,
  };
  const packageDirectory = await settings.packaged;
  const model = readTemplate(packageDirectory, place);
  model.notRun.push(...(await provision(model, clients)));

  const observations = new Observations();
  const onLog = observations.listen(settings.onLog);
  const lambda = createLambda({ ...settings, onLog }, model, clients, emulators);
  await lambda.start();
  stops.functions.push((graceMs) => lambda.stop({ graceMs }));
  const lambdaApi = await listenLambdaApi(lambda.controlPlane, 0, '127.0.0.1');
  stops.entrances.push(lambdaApi.stop);

  for (const delivery of topicDeliveries(model, clients, lambda)) {
    await delivery.start();
    stops.deliveries.push(() => delivery.stop());
  }

  // For the console alone: a terminal with a line for each request would show nothing else.
  const gateway = createGateway(model, lambda, (line) => observations.logs.add('httpApi', line));
  await gateway?.listen(port, options.host);
  if (gateway) stops.entrances.push((graceMs) => gateway.stop(graceMs));
  if (options.watch) {
    const readModel = (folder: string) => readTemplate(folder, place);
    stops.entrances.push(watch(settings, packageDirectory, model, readModel, lambda));
  }

  const ready: ReadyFile = {
    pid: process.pid,
    api: apiUrl,
    console: urlOf(options.host, consolePort),
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
  stops.entrances.push(console.stop);
  return { ready, model, version, failure: failure.promise, stop: () => stops.stop() };
}

function watch(
  { serviceDirectory, packageAgain, onLog }: LocalServiceOptions,
  packageDirectory: string,
  model: ServiceModel,
  readModel: (folder: string) => ServiceModel,
  lambda: Lambda,
): (graceMs: number) => Promise<void> {
  return watchSources({
    serviceDirectory,
    packageDirectory,
    model,
    packageAgain,
    readModel,
    replaceFunction: (changed) => lambda.replaceFunction(changed),
    say: (text) => onLog('watch', text),
  }).stop;
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

function createGateway(
  model: ServiceModel,
  lambda: Lambda,
  onAccess: (line: string) => void,
): HttpGateway | undefined {
  if (!model.httpApi) return undefined;
  return createHttpGateway({
    api: model.httpApi,
    accountId: model.accountId,
    region: model.region,
    invoke: (functionName, payload) => lambda.invoke(functionName, payload),
    onAccess,
  });
}

function versionOf(serviceDirectory: string): string {
  const { version } = JSON.parse(
    readFileSync(path.join(serviceDirectory, 'package.json'), 'utf8'),
  ) as { version?: string };
  return version ?? '';
}
