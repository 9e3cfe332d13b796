import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReadyFile } from '../contracts/readyFile.ts';
import { planPhases } from '../loadtest/running/phasePlan.ts';
import { writeReadyFile } from '../local/readyFile.ts';
import { ConsoleProblem } from './route.ts';

export interface SaleState {
  running: boolean;
  phase: string;
  startedAt: string;
  /** Length of the phase's load; Locust's start and the books come on top. */
  plannedSeconds: number;
  /** The latest lines that the sale said, the oldest first. */
  said: string[];
  /** Exit status: 0 all claims hold, 1 one does not, 2 the run broke, 3 the books do not close. */
  status: number | null;
  folder: string;
}

interface SaleOrder {
  phase: string;
  quick: boolean;
  seconds?: number | undefined;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const MOST_LINES = 200;
const STOP_LIMIT_MS = 10_000;
/** A service of its own is what phase 0 needs, and a backlog what 5a needs. */
const NOT_FROM_HERE = new Set(['0', '5a']);
const USUAL = { users: 20, workers: 20, seconds: undefined };

export const salePhases = (quick: boolean) =>
  planPhases({ ...USUAL, quick })
    .filter(({ id }) => !NOT_FROM_HERE.has(id))
    .map(({ id, name, seconds }) => ({ id, name, seconds }));

/** Runs a phase of the sale against this service, one at a time. */
export class SaleRun {
  state: SaleState | null = null;
  readonly #ready: ReadyFile;
  #child: ChildProcess | undefined;

  constructor(ready: ReadyFile) {
    this.#ready = ready;
  }

  start({ phase, quick, seconds }: SaleOrder): SaleState {
    const plan = salePhases(quick).find(({ id }) => id === phase);
    if (!plan) {
      const known = salePhases(quick).map(({ id }) => id);
      throw new ConsoleProblem(400, `phase must be one of ${known.join(', ')}, got "${phase}"`);
    }
    if (this.state?.running) {
      throw new ConsoleProblem(409, `phase ${this.state.phase} is still running`);
    }
    const startedAt = new Date().toISOString();
    const folder = path.join('sale-results', startedAt.slice(0, 19).replaceAll(':', '-'));
    const plannedSeconds = seconds ?? plan.seconds;
    this.state = {
      running: true,
      phase,
      startedAt,
      plannedSeconds,
      said: [],
      status: null,
      folder,
    };
    const args = ['--stage', 'local', '--phases', phase, '--out', path.join(ROOT, folder)];
    if (quick) args.push('--quick');
    if (seconds !== undefined) args.push('--seconds', String(seconds));
    this.#spawn(args, this.state);
    return this.state;
  }

  /** Ends the running phase in order: the sale leaves the workers as it found them. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    const tooLate = setTimeout(() => child.kill('SIGKILL'), limitMs);
    await ended;
    clearTimeout(tooLate);
  }

  #spawn(args: string[], state: SaleState): void {
    // The sale finds a local service by the ready file of the folder it runs in; this one's may have any name.
    const cwd = mkdtempSync(path.join(tmpdir(), 'flash-sale-console-'));
    writeReadyFile(path.join(cwd, '.local/ready.json'), this.#ready);
    const child = spawn(process.execPath, [path.join(ROOT, 'loadtest/saleCommand.ts'), ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const keep = (chunk: Buffer) => {
      state.said.push(...chunk.toString().split('\n').filter(Boolean));
      state.said.splice(0, state.said.length - MOST_LINES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => state.said.push(error.message));
    child.once('close', (status) => {
      Object.assign(state, { running: false, status });
      this.#child = undefined;
      rmSync(cwd, { recursive: true, force: true });
    });
  }
}
