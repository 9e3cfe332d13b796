import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyFile } from '../../ops/stage.ts';

const root = resolve(import.meta.dirname, '../..');
const SERVERLESS = join(root, 'node_modules/serverless/bin/serverless.js');
const READY_POLL_MS = 100;
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;

/** A `sls local` of the sale's own, on free ports and in memory. */
export interface OwnService {
  ready: ReadyFile;
  /** Fires when the service ends without having been asked to. */
  gone: AbortSignal;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Ready file and log are written here, as `<name>-ready.json` and `<name>.log`. */
  folder: string;
  name: string;
  args?: string[];
  /** The script of the `sls` command. */
  script?: string;
  signal?: AbortSignal | undefined;
}

/** Starts `sls local` and returns when it takes orders. Its parameters are those of the environment. */
export async function startService({
  folder,
  name,
  args = [],
  script = SERVERLESS,
  signal,
}: ServiceOptions): Promise<OwnService> {
  const readyFile = join(folder, `${name}-ready.json`);
  const logFile = join(folder, `${name}.log`);
  // An earlier run into the same folder may have left one that names a service long gone.
  rmSync(readyFile, { force: true });
  const flags = ['--port', '0', '--console-port', '0', '--ready-file', readyFile];
  const child = spawnService([script, 'local', ...flags, ...args], logFile);
  const ended = new AbortController();
  child.once('close', (code, killedBy) => ended.abort(new Error(endOf(code, killedBy, logFile))));
  try {
    return ownService(child, ended, await whenReady(readyFile, ended.signal, signal));
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function ownService(child: ChildProcess, ended: AbortController, ready: ReadyFile): OwnService {
  const gone = new AbortController();
  let asked = false;
  ended.signal.addEventListener('abort', () => asked || gone.abort(ended.signal.reason));
  return {
    ready,
    gone: gone.signal,
    stop() {
      asked = true;
      return stop(child);
    },
  };
}

function spawnService(args: string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    // Its own process group: Ctrl-C reaches the sale alone, which then stops the service in order.
    return spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function whenReady(
  readyFile: string,
  ended: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<ReadyFile> {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await sleep(READY_POLL_MS)) {
    ended.throwIfAborted();
    signal?.throwIfAborted();
    const text = existsSync(readyFile) ? readFileSync(readyFile, 'utf8') : '';
    if (text.trimEnd().endsWith('}')) return JSON.parse(text) as ReadyFile;
  }
  throw new Error(`sls local was not ready within ${START_LIMIT_MS / 1000} s`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGINT');
  const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await closed;
  clearTimeout(tooLate);
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null, logFile: string): string {
  const how = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
  // Whoever has removed the log meanwhile is still to be told of the end.
  const log = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  const lastLines = log.trimEnd().split('\n').slice(-5).join('\n');
  return `The service ${how}.\nIts log ${logFile} ends with:\n${lastLines}`;
}
