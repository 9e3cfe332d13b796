import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReadyFile } from '../../local/readyFile.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** `sls local` on ports that stay the same when it is stopped and started again. */
export class Service {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-page-'));
  readonly #flags: string[];
  #child: ChildProcess | undefined;
  #said = '';

  constructor(port: number, consolePort: number) {
    const ports = ['--port', String(port), '--console-port', String(consolePort)];
    this.#flags = [...ports, '--ready-file', this.#readyFile];
  }

  static async onFreePorts(): Promise<Service> {
    return new Service(await freePort(), await freePort());
  }

  get #readyFile(): string {
    return path.join(this.#folder, 'ready.json');
  }

  get ready(): ReadyFile {
    return JSON.parse(readFileSync(this.#readyFile, 'utf8')) as ReadyFile;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['node_modules/.bin/sls', 'local', ...this.#flags], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#said = '';
    const ready = Promise.withResolvers<void>();
    const listen = (chunk: Buffer) => {
      // All that is ever looked at is whether it is ready, and what it said last when it is not.
      this.#said = (this.#said + chunk).slice(-4000);
      if (this.#said.includes('\nReady: ')) ready.resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) => ready.reject(new Error(`status ${code}:\n${this.#said}`)));
    await ready.promise;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
