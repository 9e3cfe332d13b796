import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { type Ended, type Environment, runNode, startGroup } from './child.ts';

const DEPLOY_LIMIT_MS = 180_000;
const COMMAND_LIMIT_MS = 60_000;

interface Template {
  Resources: Record<string, { Type: string; Properties: FunctionProperties }>;
}
interface FunctionProperties {
  FunctionName?: string;
  ReservedConcurrentExecutions?: number;
}

/** The service on MiniStack, under the Serverless Framework's own commands. */
export class Deployment {
  readonly stage: string;
  readonly #environment: Environment;
  readonly #workspace: Workspace;

  constructor(
    stage: string,
    environment: Environment,
    change: (manifest: string) => string = (manifest) => manifest,
  ) {
    this.stage = stage;
    this.#environment = environment;
    this.#workspace = createWorkspace();
    const manifest = path.join(this.#workspace.folder, 'serverless.yml');
    writeFileSync(manifest, change(readFileSync(manifest, 'utf8')));
    addPlugin(this.#workspace, path.join(import.meta.dirname, 'leaveOutMetricMath.ts'));
  }

  deploy(): Promise<Ended> {
    return this.#sls(['deploy'], DEPLOY_LIMIT_MS);
  }

  preflight(): Promise<Ended> {
    return this.#sls(['preflight']);
  }

  /** A command of ours, or any other of the framework. */
  operate(words: string[], environment: Environment = {}): Promise<Ended> {
    return this.#sls(words, DEPLOY_LIMIT_MS, environment);
  }

  /** One that goes on until it is ended. */
  start(words: string[]): ReturnType<typeof startGroup> {
    const { folder, temporary } = this.#workspace;
    const args = [this.#program, ...words, '--stage', this.stage];
    return startGroup(process.execPath, args, folder, { ...this.#environment, TMPDIR: temporary });
  }

  info(): Promise<Ended> {
    return this.#sls(['info', '--verbose']);
  }

  /** To the oldest deployment that is kept. */
  async rollback(): Promise<Ended> {
    const { output } = await this.#sls(['deploy', 'list']);
    const [, timestamp] = /Timestamp: (\d+)/.exec(output) ?? [];
    if (timestamp === undefined) throw new Error(`sls deploy list names no deployment:\n${output}`);
    return this.#sls(['rollback', '--timestamp', timestamp], DEPLOY_LIMIT_MS);
  }

  remove(): Promise<Ended> {
    return this.#sls(['remove'], DEPLOY_LIMIT_MS);
  }

  /** What the function answers to an event. */
  async invoke(key: string, event: unknown): Promise<unknown> {
    const file = path.join(this.#workspace.folder, `${key}.event.json`);
    writeFileSync(file, JSON.stringify(event));
    const { stdout } = await this.#sls(['invoke', '--function', key, '--path', file]);
    return JSON.parse(stdout);
  }

  /** Deployed functions by name, with the concurrency that the template reserves for them. */
  functions(): Map<string, number | undefined> {
    const file = path.join(
      this.#workspace.folder,
      '.serverless/cloudformation-template-update-stack.json',
    );
    const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as Template;
    return new Map(
      Object.values(Resources)
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties }) => [
          String(Properties.FunctionName),
          Properties.ReservedConcurrentExecutions,
        ]),
    );
  }

  /** MiniStack's CloudFormation leaves ReservedConcurrentExecutions out; its Lambda API takes it and keeps to it. */
  async reserveConcurrency(): Promise<void> {
    const { AWS_ENDPOINT_URL: endpoint } = this.#environment;
    if (endpoint === undefined) throw new Error('only on an emulator: AWS_ENDPOINT_URL is not set');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const lambda = new LambdaClient({ region: 'us-east-1', endpoint, credentials });
    for (const [FunctionName, reserved] of this.functions()) {
      if (reserved === undefined) continue;
      await lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }),
      );
    }
    lambda.destroy();
  }

  close(): void {
    this.#workspace.remove();
  }

  get #program(): string {
    return path.join(this.#workspace.folder, 'node_modules/serverless/bin/serverless.js');
  }

  async #sls(words: string[], limitMs = COMMAND_LIMIT_MS, more: Environment = {}): Promise<Ended> {
    const { folder, temporary } = this.#workspace;
    const environment = { ...this.#environment, ...more, TMPDIR: temporary };
    const name = `sls ${words[0]}`;
    const args = [this.#program, ...words, '--stage', this.stage];
    const ended = await runNode({ args, folder, environment, limitMs }).catch((error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    if (ended.status === 0) return ended;
    throw new Error(`${name} ended with status ${ended.status}:\n${ended.output.slice(-3000)}`);
  }
}

/** Adds a plugin of the framework to the copy of the manifest. */
function addPlugin({ folder }: Workspace, file: string): void {
  const manifest = path.join(folder, 'serverless.yml');
  const name = path.basename(file);
  symlinkSync(file, path.join(folder, name));
  const text = readFileSync(manifest, 'utf8');
  const extended = text.replace(/^plugins:\n/m, `plugins:\n  - ./${name}\n`);
  if (extended === text) throw new Error('serverless.yml has no list of plugins');
  writeFileSync(manifest, extended);
}
