import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { messagingThread, tablesThread } from '../../local/emulators/emulatorThread.ts';
import { emulatorClients, provision } from '../../local/emulators/provision.ts';
import { unpackZip } from '../../local/lambda/environments/taskRoot.ts';
import type { FunctionModel } from '../../local/template/model.ts';
import { readTemplate } from '../../local/template/readTemplate.ts';
import { PARAMETERS } from '../../ops/parameters.ts';
import { runNode } from '../e2e/child.ts';
import type { Workspace } from '../support/workspace.ts';

const PACKAGE_WITHIN_MS = 120_000;
export const PLACE = {
  ...{ service: 'flash-sale', stage: 'bench', region: 'us-east-1' },
  ...{ apiUrl: 'http://127.0.0.1', sqsUrl: 'http://127.0.0.1' },
};

export interface PackagedFunction {
  model: FunctionModel;
  /** What Lambda would load. */
  file: string;
}

/** The zips that would be deployed, unpacked. */
export async function unpackFunctions(workspace: Workspace): Promise<PackagedFunction[]> {
  await packageService(workspace);
  return unpack(workspace, readTemplate(packageFolder(workspace), PLACE).functions);
}

/** The same, with all that they call on this machine: tables, topic and queues as the template has them. */
export async function serveFunctions(workspace: Workspace) {
  const emulators = [messagingThread(PLACE.region, undefined), tablesThread(undefined)] as const;
  const [messagingUrl, tablesUrl] = await Promise.all([
    emulators[0].start(),
    emulators[1].start(),
    packageService(workspace),
  ]);
  const model = readTemplate(packageFolder(workspace), { ...PLACE, sqsUrl: messagingUrl });
  const clients = emulatorClients(messagingUrl, tablesUrl, PLACE.region);
  await provision(model, clients);
  const endpoints = {
    AWS_ENDPOINT_URL_SNS: messagingUrl,
    AWS_ENDPOINT_URL_SQS: messagingUrl,
    AWS_ENDPOINT_URL_DYNAMODB: tablesUrl,
  };
  return {
    functions: unpack(workspace, model.functions),
    clients,
    endpoints: { dynamodb: tablesUrl, sns: messagingUrl, sqs: messagingUrl },
    /** What every function finds in its environment beside its own variables. */
    environment: {
      ...{ AWS_REGION: PLACE.region, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
      ...{ AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand', ...endpoints },
    },
    async stop(): Promise<void> {
      for (const client of Object.values(clients)) client.destroy();
      await Promise.all(emulators.map((emulator) => emulator.stop()));
    },
  };
}

export type ServedFunctions = Awaited<ReturnType<typeof serveFunctions>>;

const packageFolder = ({ folder }: Workspace): string => path.join(folder, '.serverless');

async function packageService({ folder, temporary }: Workspace): Promise<void> {
  const { status, output } = await runNode({
    args: ['node_modules/serverless/bin/serverless.js', 'package', '--stage', PLACE.stage],
    folder,
    // What is shipped, whatever the shell says.
    environment: {
      ...Object.fromEntries(PARAMETERS.map((name) => [name, undefined])),
      TMPDIR: temporary,
    },
    limitMs: PACKAGE_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`sls package ended with status ${status}:\n${output}`);
}

const unpack = ({ temporary }: Workspace, functions: FunctionModel[]): PackagedFunction[] =>
  functions.map((model) => {
    // Not in the folder, whose package.json says that a .js file is an ES module.
    const taskRoot = path.join(temporary, 'tasks', model.key);
    mkdirSync(taskRoot, { recursive: true });
    unpackZip(model.zipPath, taskRoot);
    return { model, file: path.join(taskRoot, model.handler.replace(/\.[^.]+$/, '.js')) };
  });
