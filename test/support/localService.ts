import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyFile } from '../../ops/stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 10_000;
const LOG_SHOWN = 3000;

export interface LocalServiceSettings {
  /** Where the manifest is: this project, or a copy of it. */
  folder?: string;
  /** Parameters, as for a deployment, and other variables of the process. */
  environment?: Record<string, string>;
  /** Ports are free ones, unless flags name them. */
  flags?: string[];
  /** Where others find it; by default a place of its own. */
  readyFile?: string;
}

/** `sls local` as a process of its own, which can be stopped or killed, and started again. */
export class LocalService {
  readonly #settings: LocalServiceSettings;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-service-'));
  readonly #readyFile: string;
  readonly logFile = path.join(this.#folder, 'service.log');
  #child: ChildProcess | undefined;

  constructor(settings: LocalServiceSettings = {}) {
    this.#settings = settings;
    this.#readyFile = settings.readyFile ?? path.join(this.#folder, 'ready.json');
  }

  /** One that is found at the same addresses when it is started again. */
  static async onFixedPorts(settings: LocalServiceSettings = {}): Promise<LocalService> {
    const ports = ['--port', await freePort(), '--console-port', await freePort()];
    return new LocalService({ ...settings, flags: [...ports, ...(settings.flags ?? [])] });
  }

  /** Throws when the service does not run. */
  get ready(): ReadyFile {
    return JSON.parse(readFileSync(this.#readyFile, 'utf8')) as ReadyFile;
  }

  /** Returns when orders can be taken; throws with the end of its log when it does not come to that. */
  async start(): Promise<ReadyFile> {
    // One that was killed leaves its own behind.
    rmSync(this.#readyFile, { force: true });
    const child = this.#spawn();
    this.#child = child;
    for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await sleep(20)) {
      if (existsSync(this.#readyFile)) return this.ready;
      if (hasEnded(child)) break;
    }
    await this.kill();
    const log = readFileSync(this.logFile, 'utf8').slice(-LOG_SHOWN);
    throw new Error(`sls local did not start. It said:\n${log}`);
  }

  /** As Ctrl-C does; gives the exit status. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    await this.kill();
    return child.exitCode;
  }

  /** As when the machine loses power: nothing of the process gets to run. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops it, and removes what it left. */
  async remove(): Promise<number | null> {
    const status = await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
    return status;
  }

  #spawn(): ChildProcess {
    const { folder = ROOT, environment = {}, flags = [] } = this.#settings;
    const log = openSync(this.logFile, 'a');
    try {
      return spawn(
        process.execPath,
        [
          path.join(folder, 'node_modules/serverless/bin/serverless.js'),
          ...['local', '--ready-file', this.#readyFile],
          ...(flags.includes('--port') ? [] : ['--port', '0', '--console-port', '0']),
          ...flags,
        ],
        {
          cwd: folder,
          env: { ...process.env, NODE_OPTIONS: '', ...environment },
          stdio: ['ignore', log, log],
        },
      );
    } finally {
      closeSync(log);
    }
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null;

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' && address ? address.port : 0);
}
