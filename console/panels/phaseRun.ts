import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { PhaseRunState } from '../../contracts/orderPanelsApi.ts';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { type SalePhases, salePhasesSchema } from '../../contracts/salePhases.ts';
import { ConsoleProblem } from '../route.ts';

/** What `POST /api/sale` asks for. */
export const phaseOrderSchema = z.strictObject({
  phase: z.string().max(5),
  quick: z.boolean().default(true),
  seconds: z.number().int().min(15).max(3600).optional(),
  /** Of Locust; 20 without. */
  buyers: z.number().int().min(1).max(200).optional(),
});

const ROOT = path.resolve(import.meta.dirname, '../..');
const SALE = path.join(ROOT, 'loadtest/saleCommand.ts');
const MOST_LINES = 200;
const STOP_LIMIT_MS = 10_000;

/** Runs a phase of the sale against this service, one at a time. */
export class PhaseRun {
  state: PhaseRunState | null = null;
  readonly #ready: ReadyFile;
  readonly #asked = new Map<boolean, Promise<SalePhases>>();
  #child: ChildProcess | undefined;

  constructor(ready: ReadyFile) {
    this.#ready = ready;
  }

  /** Those that are nothing but load: they can be run against a service that is there. The sale knows them. */
  phases(quick: boolean): Promise<SalePhases> {
    const asked = this.#asked.get(quick) ?? askForPhases(quick);
    this.#asked.set(quick, asked);
    asked.catch(() => this.#asked.delete(quick));
    return asked;
  }

  async start({
    phase,
    quick,
    seconds,
    buyers,
  }: z.infer<typeof phaseOrderSchema>): Promise<PhaseRunState> {
    const phases = await this.phases(quick);
    const plan = phases.find(({ id }) => id === phase);
    if (!plan) {
      const known = phases.map(({ id }) => id);
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
    const args = ['--phases', phase, '--out', path.join(ROOT, folder)];
    if (quick) args.push('--quick');
    if (seconds !== undefined) args.push('--seconds', String(seconds));
    if (buyers !== undefined) args.push('--users', String(buyers));
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

  #spawn(args: string[], state: PhaseRunState): void {
    const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-console-'));
    const readyFile = path.join(folder, 'ready.json');
    writeFileSync(readyFile, JSON.stringify(this.#ready));
    const stage = ['--stage', 'local', '--ready-file', readyFile];
    const child = spawn(process.execPath, [SALE, ...stage, ...args], {
      cwd: folder,
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
      rmSync(folder, { recursive: true, force: true });
    });
  }
}

async function askForPhases(quick: boolean): Promise<SalePhases> {
  const args = [SALE, '--list-phases', '--json', ...(quick ? ['--quick'] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return salePhasesSchema.parse(JSON.parse(stdout)).filter(({ kind }) => kind === 'load');
}
