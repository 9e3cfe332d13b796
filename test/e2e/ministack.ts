import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonTools } from '../../common/pythonTools.ts';
import type { Stage } from '../../ops/stage.ts';
import { type JourneyTarget, MINISTACK } from '../journeys/target.ts';
import { type Environment, endGroup, startGroup } from './child.ts';

export interface MiniStack {
  endpoint: string;
  /** What the AWS SDKs, the framework and the CLI need to find it. */
  environment: Environment;
  /** The end of what it has said. */
  log(): string;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;

export const installMiniStack = (onProgress: (text: string) => void) =>
  pythonTools({ name: 'e2e', requirements: 'test/e2e/requirements.txt', onProgress });

/** Starts MiniStack on a free port of the loopback address, with all its files in a folder that goes with it. */
export async function startMiniStack(onProgress: (text: string) => void): Promise<MiniStack> {
  const tools = await installMiniStack(onProgress);
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-ministack-'));
  const logFile = path.join(folder, 'ministack.log');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = startGroup(tools.command('ministack'), [], folder, settings(folder, port));
  const logStream = createWriteStream(logFile);
  child.stdout.pipe(logStream, { end: false });
  child.stderr.pipe(logStream, { end: false });
  const exited = once(child, 'exit');
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(-3000) : '');
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(STOP_WITHIN_MS)]);
    // Its Node workers may outlive it.
    endGroup(child);
    logStream.destroy();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (!(await isHealthy(endpoint, () => child.exitCode === null))) {
    const said = log();
    await stop();
    throw new Error(`MiniStack did not start on ${endpoint}. It said:\n${said}`);
  }
  return { endpoint, environment: addresses(endpoint), log, stop };
}

/** The address of the API that a text names as AWS would. By path, since MiniStack keeps `/health` of every host to itself. */
export function executeApiUrl(endpoint: string, text: string): string {
  const [, apiId] = /https:\/\/(\w+)\.execute-api\./.exec(text) ?? [];
  if (apiId === undefined) throw new Error(`no address of an HTTP API in:\n${text}`);
  return `${endpoint}/_aws/execute-api/${apiId}/$default`;
}

/** Its account quota would follow the machine's memory; ours is what a new AWS account can ask for. */
const settings = (folder: string, port: number): Environment => ({
  BIND_HOST: '127.0.0.1',
  // Part of the queue URLs, which the SDK goes by.
  MINISTACK_HOST: '127.0.0.1',
  GATEWAY_PORT: String(port),
  LAMBDA_ACCOUNT_CONCURRENCY: '1000',
  TMPDIR: folder,
  STATE_DIR: path.join(folder, 'state'),
  S3_DATA_DIR: path.join(folder, 's3'),
  AWS_ENDPOINT_URL: undefined,
});

const addresses = (endpoint: string): Environment => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_PROFILE: undefined,
  AWS_SESSION_TOKEN: undefined,
});

async function isHealthy(endpoint: string, isAlive: () => boolean): Promise<boolean> {
  for (const end = Date.now() + START_WITHIN_MS; Date.now() < end && isAlive(); await sleep(50)) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return true;
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** A stage on MiniStack, for buyers. */
export function targetOf({ outputs, region }: Stage, endpoint: string): JourneyTarget {
  return {
    name: 'ministack',
    api: executeApiUrl(endpoint, outputs.HttpApiUrl),
    region,
    endpoints: { sns: endpoint, sqs: endpoint, dynamodb: endpoint, lambda: endpoint },
    outputs,
    differences: MINISTACK,
  };
}
