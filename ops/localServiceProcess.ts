import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReadyFile, readyFileSchema } from '../contracts/readyFile.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** As `npm start` has it. */
const COMPILED = 'node_modules/.cache/compiled';
const START_WITHIN_MS = 120_000;
const READY_POLL_MS = 20;
const STOP_WITHIN_MS = 10_000;
const LOG_LINES_SHOWN = 20;

export interface LocalServiceSettings {
  /** Where the manifest is: this project, or a copy of it. */
  folder?: string;
  /** Parameters, as for a deployment, and other variables of the process. */
  environment?: Record<string, string>;
  /** Ports are free ones, unless flags name them. */
  flags?: string[];
  /** Where others find it; by default a place of its own. */
  readyFile?: string;
  /** By default in the place of its own, which `remove` clears. */
  logFile?: string;
  /** Ctrl-C on a terminal reaches the process that started it alone, which then has to stop it. */
  isDetached?: boolean;
  /** The script of the `sls` command. */
  script?: string;
}

/** `sls local` as a process of its own, which can be stopped or killed, and started again. */
export class LocalService {
  readonly #settings: LocalServiceSettings;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-service-'));
  readonly #readyFile: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  #gone = new AbortController();
  #isAsked = false;

  constructor(settings: LocalServiceSettings = {}) {
    this.#settings = settings;
    this.#readyFile = settings.readyFile ?? path.join(this.#folder, 'ready.json');
    this.logFile = settings.logFile ?? path.join(this.#folder, 'service.log');
  }

  /** One that is found at the same addresses when it is started again. */
  static async onFixedPorts(settings: LocalServiceSettings = {}): Promise<LocalService> {
    const ports = ['--port', await freePort(), '--console-port', await freePort()];
    return new LocalService({ ...settings, flags: [...ports, ...(settings.flags ?? [])] });
  }

  /** Throws when the service does not run. */
  get ready(): ReadyFile {
    return readyFileSchema.parse(JSON.parse(readFileSync(this.#readyFile, 'utf8')));
  }

  /** Fires when the service that was started last ends without having been asked to. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Returns when orders can be taken; throws with the end of its log when it does not come to that. */
  async start(signal?: AbortSignal): Promise<ReadyFile> {
    // One that was killed leaves its own behind.
    rmSync(this.#readyFile, { force: true });
    this.#spawn();
    try {
      return await this.#whenReady(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** As Ctrl-C does; gives the exit status. */
  async stop(withinMs = STOP_WITHIN_MS): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return child?.exitCode ?? null;
    this.#isAsked = true;
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await Promise.race([ended, sleep(withinMs, undefined, { ref: false })]);
    await this.kill();
    return child.exitCode;
  }

  /** As when the machine loses power: nothing of the process gets to run. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    this.#isAsked = true;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops it, and removes what it left. */
  async remove(stopWithinMs?: number): Promise<number | null> {
    const status = await this.stop(stopWithinMs);
    rmSync(this.#folder, { recursive: true, force: true });
    return status;
  }

  async #whenReady(signal: AbortSignal | undefined): Promise<ReadyFile> {
    for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await sleep(READY_POLL_MS)) {
      this.gone.throwIfAborted();
      signal?.throwIfAborted();
      if (existsSync(this.#readyFile)) return this.ready;
    }
    throw new Error(`sls local was not ready within ${START_WITHIN_MS / 1000} s.${this.#logEnd()}`);
  }

  #spawn(): void {
    const { folder = ROOT, environment = {}, flags = [], isDetached = false } = this.#settings;
    const { script = path.join(folder, 'node_modules/serverless/bin/serverless.js') } =
      this.#settings;
    const ports = flags.includes('--port') ? [] : ['--port', '0', '--console-port', '0'];
    const args = [script, 'local', '--ready-file', this.#readyFile, ...ports, ...flags];
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: COMPILED, ...environment },
      stdio: ['ignore', log, log],
      detached: isDetached,
    });
    closeSync(log);
    this.#child = child;
    this.#isAsked = false;
    const gone = new AbortController();
    this.#gone = gone;
    child.once('exit', (code, killedBy) => {
      if (this.#isAsked) return;
      const how = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
      gone.abort(new Error(`The service ${how}.${this.#logEnd()}`));
    });
  }

  #logEnd(): string {
    // Whoever has removed the log meanwhile is still to be told of the end.
    const log = existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
    const lines = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    return `\nIts log ${this.logFile} ends with:\n${lines}`;
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
