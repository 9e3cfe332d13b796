import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { localStage, type ReadyFile, type Stage } from '../../ops/stage.ts';

const START_WITHIN_MS = 90_000;

export interface ServiceSettings {
  /** The workspace that it runs from. */
  folder: string;
  /** Parameters, as for a deployment. */
  parameters: Record<string, string>;
  /** Variables of every function. */
  variables: Record<string, string>;
  faultServerUrl: string;
}

/** `sls local` as a process of its own, which can be killed and started again on the same data. */
export class Service {
  readonly #settings: ServiceSettings;
  readonly #readyFile: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  #stage: Stage | undefined;

  constructor(settings: ServiceSettings) {
    this.#settings = settings;
    this.#readyFile = path.join(settings.folder, 'ready.json');
    this.logFile = path.join(settings.folder, 'service.log');
  }

  get stage(): Stage {
    if (this.#stage === undefined) throw new Error('the service has not been started');
    return this.#stage;
  }

  async start(): Promise<Stage> {
    const { folder, parameters, variables, faultServerUrl } = this.#settings;
    const log = openSync(this.logFile, 'a');
    const wireTap = new URL('./wireTap.ts', import.meta.url).href;
    this.#child = spawn(process.execPath, [...this.#arguments(variables)], {
      cwd: folder,
      env: {
        ...process.env,
        ...parameters,
        NODE_OPTIONS: `--import=${wireTap} --disable-warning=ExperimentalWarning`,
        FAULT_SERVER_URL: faultServerUrl,
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#stage?.close();
    this.#stage = localStage(await this.#ready(this.#child));
    return this.#stage;
  }

  /** As when the machine loses power: nothing of the process gets to run. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(this.#readyFile, { force: true });
  }

  async stop(): Promise<void> {
    this.#stage?.close();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    const isOver = await Promise.race([once(child, 'exit').then(() => true), sleep(10_000, false)]);
    if (!isOver) await this.kill();
  }

  #arguments(variables: Record<string, string>): string[] {
    const { folder } = this.#settings;
    return [
      path.join(folder, 'node_modules/serverless/bin/serverless.js'),
      'local',
      ...['--port', '0', '--console-port', '0', '--ready-file', this.#readyFile],
      ...['--data', path.join(folder, 'data')],
      ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ];
  }

  async #ready(child: ChildProcess): Promise<ReadyFile> {
    for (const end = Date.now() + START_WITHIN_MS; Date.now() < end; await sleep(100)) {
      if (existsSync(this.#readyFile)) return JSON.parse(readFileSync(this.#readyFile, 'utf8'));
      if (child.exitCode !== null) break;
    }
    await this.kill();
    const log = readFileSync(this.logFile, 'utf8').slice(-2000);
    throw new Error(`sls local did not start:\n${log}`);
  }
}
