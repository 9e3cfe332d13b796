import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, parseJson } from '../common/json.ts';
import type { ReadyFile } from '../contracts/readyFile.ts';
import { type EmulatorThread, messagingThread, tablesThread } from './emulators/emulatorThread.ts';
import {
  type EmulatorClients,
  emulatorClients,
  findTables,
  provision,
} from './emulators/provision.ts';
import { TopicDelivery } from './emulators/topicDelivery.ts';
import { makeFolder } from './folders.ts';
import { createHttpGateway, type HttpGateway } from './gateway/httpGateway.ts';
import type { Listening } from './httpServer.ts';
import { type LambdaApi, listenLambdaApi } from './lambda/api/server.ts';
import { destinationSender } from './lambda/asyncEvents/destinations.ts';
import { sqsQueueClient } from './lambda/eventSourceMappings/sqsQueueClient.ts';
import { Lambda } from './lambda/lambda.ts';
import type { LocalOptions } from './options.ts';
import type { Part, Parts } from './parts.ts';
import { type HeldPort, holdPort } from './ports.ts';
import { removeReadyFile, writeReadyFile } from './readyFile.ts';
import type { OnLog, RunningService, ServiceView } from './serviceView.ts';
import { functionNameOf } from './template/functionName.ts';
import { ACCOUNT_ID } from './template/identity.ts';
import type { FunctionModel, HttpApiModel, ServiceModel } from './template/model.ts';
import { readTemplate } from './template/readTemplate.ts';
import { missingClients } from './template/runtimeSdk.ts';
import { type SourceWatch, type WatchOptions, watchSources } from './watch.ts';

export interface LocalServiceOptions {
  options: LocalOptions;
  service: string;
  stage: string;
  region: string;
  serviceDirectory: string;
  /** Values of the template's parameters that the manifest gives. */
  stackParameters?: Record<string, string>;
  console: ServiceView;
  /** Gives the folder with the compiled template and the zips: the emulators start meanwhile. */
  packageService: () => Promise<string>;
  /** Packages the service once more, into another folder, when a source has changed. */
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
  onLog: OnLog;
}

export interface LocalService {
  ready: ReadyFile;
  model: ServiceModel;
  version: string;
}

/** Starts all parts in the order they need each other. The caller stops them, also after a start that failed. */
export async function startLocalService(
  settings: LocalServiceOptions,
  parts: Parts,
): Promise<LocalService> {
  const { options, region, packageService } = settings;
  const { host, port, consolePort } = options;
  const held = await parts.start(portPart(port, host, '--port'));
  const heldForConsole = await parts.start(portPart(consolePort, host, '--console-port'));
  if (options.dataDirectory !== undefined)
    await parts.start(dataFolderPart(path.resolve(options.dataDirectory)));
  const [packageDirectory, messagingUrl, tablesUrl] = await Promise.all([
    parts.start({ name: 'packaging', turn: 'entrance', start: packageService }),
    parts.start(threadPart('SNS and SQS', messagingThread(region, folderIn(options, 'messages')))),
    parts.start(tablesPart(options, region)),
  ]);
  const parameters = { ...settings.stackParameters, ...options.parameters };
  const { accountQuota } = options;
  const place = { ...settings, parameters, accountQuota, apiUrl: held.url, sqsUrl: messagingUrl };
  const clients = emulatorClients(messagingUrl, tablesUrl, region);
  const readModel = (folder: string) => readTemplate(folder, place);
  const model = await parts.start(
    provisioningPart(() => readModel(packageDirectory), clients, settings.serviceDirectory),
  );

  const { console } = settings;
  const onLog = console.listen(settings.onLog);
  const heldForLambda = await parts.start(portPart(0, '127.0.0.1', ''));
  const messaging = { sns: messagingUrl, sqs: messagingUrl };
  const endpoints = { ...messaging, dynamodb: tablesUrl, lambda: heldForLambda.url };
  const services = { ...endpoints, sts: messagingUrl, 'execute-api': held.url };
  const lambda = await parts.start(lambdaPart({ ...settings, onLog }, model, clients, services));
  await parts.start(lambdaApiPart(lambda, heldForLambda));
  for (const part of topicDeliveryParts(model, clients, lambda, onLog)) await parts.start(part);
  const { httpApi: api } = model;
  const http =
    api &&
    (await parts.start(gatewayPart(api, model, lambda, held, console.onAccess, options.jwksFile)));
  if (options.watch)
    await parts.start(watchPart(settings, { packageDirectory, model, readModel }, lambda));

  const ready: ReadyFile = {
    pid: process.pid,
    api: api ? held.url : '',
    console: heldForConsole.url,
    endpoints,
    outputs: model.outputs,
  };
  const version = versionOf(settings.serviceDirectory);
  const { readOnly } = options;
  const gateway = http?.gateway;
  const running = { ready, model, version, lambda, gateway, readOnly };
  await parts.start(consolePart(console, running, heldForConsole));
  await parts.start(readyFilePart(options.readyFile, ready));
  return { ready, model, version };
}

const folderIn = ({ dataDirectory }: LocalOptions, name: string): string | undefined =>
  dataDirectory === undefined ? undefined : path.resolve(dataDirectory, name);

const dataFolderPart = (folder: string): Part<void> => ({
  name: `the data folder ${folder}`,
  turn: 'store',
  start: () => makeFolder(folder),
});

const portPart = (...address: Parameters<typeof holdPort>): Part<HeldPort> => ({
  name: `port ${address[0]}`,
  turn: 'entrance',
  start: () => holdPort(...address),
  stop: (_graceMs, held) => held?.server.close(),
});

const threadPart = (name: string, thread: EmulatorThread): Part<string> => ({
  name,
  turn: 'store',
  start: () => thread.start(),
  stop: () => thread.stop(),
  ended: () => thread.ended,
});

/** The tables' own thread, or whatever answers as DynamoDB elsewhere. */
function tablesPart(options: LocalOptions, region: string): Part<string> {
  const { dynamodbUrl } = options;
  if (dynamodbUrl === undefined)
    return threadPart('DynamoDB', tablesThread(folderIn(options, 'tables')));
  return {
    name: `DynamoDB at ${dynamodbUrl}`,
    turn: 'store',
    start: async () => {
      await findTables(dynamodbUrl, region);
      return dynamodbUrl;
    },
  };
}

const provisioningPart = (
  readModel: () => ServiceModel,
  clients: EmulatorClients,
  serviceDirectory: string,
): Part<ServiceModel> => ({
  name: 'provisioning',
  turn: 'functions',
  start: async () => {
    const model = readModel();
    const provisioned = provision(model, clients);
    // Unpacks every zip, while the emulators make tables and queues.
    const missing = missingClients(model.functions, serviceDirectory);
    model.notRun.push(...(await provisioned), ...missing);
    return model;
  },
});

function lambdaPart(...settings: Parameters<typeof createLambda>): Part<Lambda> {
  let lambda: Lambda | undefined;
  return {
    name: 'Lambda',
    turn: 'functions',
    start: async () => {
      lambda = createLambda(...settings);
      await lambda.start();
      return lambda;
    },
    stop: (graceMs) => lambda?.stop({ graceMs }),
  };
}

const lambdaApiPart = ({ controlPlane }: Lambda, { server, host }: HeldPort): Part<LambdaApi> => ({
  name: 'the Lambda API',
  turn: 'entrance',
  start: () => listenLambdaApi(controlPlane, server, host),
  stop: (graceMs, api) => api?.stop(graceMs),
  ended: ({ closed }) => closed,
});

function topicDeliveryParts(
  model: ServiceModel,
  clients: EmulatorClients,
  lambda: Lambda,
  onLog: OnLog,
): Part<void>[] {
  const invoke = (name: string, payload: string) => lambda.invoke(name, payload, { type: 'Event' });
  const toFunctions = model.subscriptions.filter(({ protocol }) => protocol === 'lambda');
  return toFunctions.map((subscription) => {
    const functionName = functionNameOf(subscription.endpoint);
    const called = model.functions.find(({ name }) => name === functionName);
    const delivery = new TopicDelivery(subscription, functionName, clients, invoke, (text) =>
      onLog(called?.key ?? functionName, text),
    );
    return {
      name: `the topic delivery to ${functionName}`,
      turn: 'delivery',
      start: () => delivery.start(),
      stop: () => delivery.stop(),
    };
  });
}

function gatewayPart(
  api: HttpApiModel,
  model: ServiceModel,
  lambda: Lambda,
  { server, host }: HeldPort,
  onAccess: (line: string) => void,
  jwksFile: string | undefined,
): Part<{ gateway: HttpGateway } & Listening> {
  const { accountId, region } = model;
  const invoke = (functionName: string, payload: string) => lambda.invoke(functionName, payload);
  const gateway = createHttpGateway({ api, accountId, region, invoke, onAccess, jwksFile });
  return {
    name: 'the HTTP API',
    turn: 'entrance',
    start: async () => ({ gateway, ...(await gateway.listen(server, host)) }),
    stop: (graceMs) => gateway.stop(graceMs),
    ended: ({ closed }) => closed,
  };
}

function watchPart(
  settings: LocalServiceOptions,
  packaged: Pick<WatchOptions, 'packageDirectory' | 'model' | 'readModel'>,
  lambda: Lambda,
): Part<SourceWatch> {
  const stopping = new AbortController();
  const options = {
    ...settings,
    ...packaged,
    dataDirectory: settings.options.dataDirectory,
    stopped: stopping.signal,
    replaceFunction: (changed: FunctionModel) => lambda.replaceFunction(changed),
    say: (text: string) => settings.onLog('watch', text),
  };
  return {
    name: '--watch',
    turn: 'entrance',
    start: () => watchSources(options),
    stop: (graceMs, watch) => {
      stopping.abort();
      return watch?.stop(graceMs);
    },
  };
}

const consolePart = (
  console: ServiceView,
  running: RunningService,
  held: HeldPort,
): Part<Awaited<ReturnType<ServiceView['start']>>> => ({
  name: 'the console',
  turn: 'entrance',
  start: () => console.start(running, held),
  stop: (_graceMs, started) => started?.stop(),
  ended: ({ closed }) => closed,
});

const readyFilePart = (file: string, ready: ReadyFile): Part<void> => ({
  name: 'the ready file',
  turn: 'entrance',
  start: () => writeReadyFile(file, ready),
  stop: () => removeReadyFile(file),
});

function createLambda(
  { options, region, onLog, serviceDirectory }: LocalServiceOptions,
  model: ServiceModel,
  clients: EmulatorClients,
  services: ReadyFile['endpoints'] & Record<'sts' | 'execute-api', string>,
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
      AWS_ENDPOINT_URL_SNS: services.sns,
      AWS_ENDPOINT_URL_SQS: services.sqs,
      AWS_ENDPOINT_URL_DYNAMODB: services.dynamodb,
      AWS_ENDPOINT_URL_LAMBDA: services.lambda,
      AWS_ENDPOINT_URL_STS: services.sts,
      // Every other service: the answer there is that it is not run here.
      AWS_ENDPOINT_URL: services.lambda,
    },
    endpoints: { services, others: services.lambda },
    serviceDirectory,
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

/** Empty where the service has no package.json, or that has none. */
function versionOf(serviceDirectory: string): string {
  const file = path.join(serviceDirectory, 'package.json');
  const description = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined;
  return isObject(description) && typeof description.version === 'string'
    ? description.version
    : '';
}
