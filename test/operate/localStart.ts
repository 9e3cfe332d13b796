import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup, startGroup } from '../e2e/child.ts';
import { readMoments, tellingMoments } from '../support/moments.ts';
import type { Workspace } from '../support/workspace.ts';

const LOG_LINE = /^\d\d:\d\d:\d\d\.\d{3} /;
const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 10;
const GONE_WITHIN_MS = 3000;

interface Settings {
  flags?: string[] | undefined;
  environment?: Record<string, string> | undefined;
  port?: number;
  /** As `npm start` does it, not the framework alone. */
  isByNpm?: boolean;
}

/** One `sls local` of a workspace: what it says, what it has reached, and what it leaves. */
export class LocalStart {
  readonly #child: ReturnType<typeof startGroup>;
  readonly #workspace: Workspace;
  readonly #moments: string;
  readonly #startedAt = Date.now();
  said = '';

  constructor(
    workspace: Workspace,
    { flags = [], environment = {}, port = 0, isByNpm = false }: Settings = {},
  ) {
    const { folder, temporary } = workspace;
    this.#workspace = workspace;
    this.#moments = path.join(folder, '.moments');
    const program = path.join(folder, 'node_modules/serverless/bin/serverless.js');
    const [command, ...args] = isByNpm
      ? ['npm', 'start', '--silent', '--']
      : [process.execPath, program, 'local'];
    this.#child = startGroup(
      command,
      [...args, `--port=${port}`, '--console-port=0', ...flags],
      folder,
      {
        ...tellingMoments(this.#moments),
        TMPDIR: temporary,
        // npm's own, which it keeps there.
        NODE_DISABLE_COMPILE_CACHE: '1',
        ...environment,
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk: Buffer) => (this.said += chunk));
  }

  get isReady(): boolean {
    return this.said.includes('Ready: ');
  }

  get url(): string {
    return /Ready: (\S+)/.exec(this.said)?.[1] ?? '';
  }

  get lines(): string[] {
    return this.said.split('\n').filter((line) => line.trim() !== '');
  }

  /** Without what functions log, and others about them. */
  get linesOfItsOwn(): string[] {
    return this.lines.filter((line) => !LOG_LINE.test(line));
  }

  has(moment: string): boolean {
    return this.#told.some(([, name]) => name === moment);
  }

  /** Since the last part began, or since it was started. */
  get sinceLastPartMs(): number {
    return Date.now() - (this.#told.at(-1)?.[0] ?? this.#startedAt);
  }

  /** What its temporary folder holds. */
  found(pattern: string): string[] {
    const cwd = this.#workspace.temporary;
    return globSync(pattern, { cwd }).map((name) => path.join(cwd, name));
  }

  async until(look: () => boolean): Promise<void> {
    for (const end = performance.now() + LIMIT_MS; !look(); await sleep(LOOK_EVERY_MS)) {
      if (this.#hasEnded) throw new Error(`it has ended:\n${this.said}`);
      if (performance.now() > end) throw new Error(`it took too long:\n${this.said}`);
    }
  }

  /** As a terminal does it: the whole group gets the signal. */
  interruptGroup(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGINT');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** As a shell gives the status, once the process has ended and all that it had said is read. */
  async status(): Promise<number> {
    const { stdout, stderr } = this.#child;
    try {
      for (const end = performance.now() + LIMIT_MS; !this.#hasEnded; await sleep(LOOK_EVERY_MS))
        if (performance.now() > end) throw new Error(`it did not end:\n${this.said}`);
      for (const end = performance.now() + GONE_WITHIN_MS; performance.now() < end; )
        if (stdout.readableEnded && stderr.readableEnded) break;
        else await sleep(LOOK_EVERY_MS);
      const { exitCode, signalCode } = this.#child;
      return exitCode ?? (signalCode === 'SIGINT' ? 130 : 1);
    } finally {
      if (!this.#hasEnded) endGroup(this.#child);
    }
  }

  /** Neither a process nor a file is there any more. */
  async assertNothingLeft(): Promise<void> {
    const processes = await this.#processes();
    endGroup(this.#child);
    const { folder, temporary } = this.#workspace;
    assert.deepEqual(
      {
        processes,
        files: readdirSync(temporary),
        isReadyFileThere: existsSync(path.join(folder, '.local/ready.json')),
      },
      { processes: [], files: [], isReadyFileThere: false },
    );
  }

  get #told(): [number, string][] {
    return readMoments(this.#moments);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** A child that was ended may need a moment to be gone; one that nobody waited for stays as a zombie. */
  async #processes(): Promise<string[]> {
    const ofGroup = new RegExp(`^ *${this.#child.pid} +[^Z\\s]`);
    for (const end = performance.now() + GONE_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
      const all = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,comm='], { encoding: 'utf8' });
      const left = all.split('\n').filter((line) => ofGroup.test(line));
      if (left.length === 0 || performance.now() > end) return left;
    }
  }
}
