import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyFile } from '../../local/readyFile.ts';
import { endGroup, startGroup } from '../e2e/child.ts';
import { Deployment } from '../e2e/deployment.ts';
import { executeApiUrl, startMiniStack } from '../e2e/ministack.ts';
import { createWorkspace } from '../e2e/workspace.ts';

/** A way to run the service on this machine, and how to end it. */
export interface Side {
  api: string;
  /** Of the local service alone. */
  console?: string;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 10_000;

export async function startLocal(): Promise<Side> {
  const { folder, temporary, remove } = createWorkspace();
  const readyFile = path.join(folder, 'ready.json');
  const child = startGroup(
    process.execPath,
    [
      path.join(folder, 'node_modules/serverless/bin/serverless.js'),
      ...['local', '--port', '0', '--console-port', '0', '--ready-file', readyFile],
    ],
    folder,
    { TMPDIR: temporary },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-3000);
    });
  }
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGINT');
    await Promise.race([exited, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    endGroup(child);
    remove();
  };
  for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await sleep(20)) {
    if (existsSync(readyFile)) {
      const { api, console } = JSON.parse(readFileSync(readyFile, 'utf8')) as ReadyFile;
      return { api, console, stop };
    }
    if (child.exitCode !== null) break;
  }
  await stop();
  throw new Error(`sls local did not start. It said:\n${said}`);
}

export async function startOnMiniStack(): Promise<Side> {
  const miniStack = await startMiniStack(() => {});
  const deployment = new Deployment('bench', miniStack.environment);
  const stop = async () => {
    deployment.close();
    await miniStack.stop();
  };
  try {
    const { output } = await deployment.deploy();
    await deployment.reserveConcurrency();
    return { api: executeApiUrl(miniStack.endpoint, output), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
