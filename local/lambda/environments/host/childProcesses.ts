import { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { MessageChannel, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import { currentEnvironment } from './currentEnvironment.ts';
import { realPath, realText } from './fileSystem.ts';
import { signalGroup } from './processGroup.ts';
import type { FromHost, SyncChild, SyncChildResult } from './protocol.ts';
import { endEmitter } from './resources.ts';

type Post = (message: FromHost, transferred?: Transferable[]) => void;

interface Spawning {
  spawn(this: ChildProcess, options: Started): unknown;
}

/**
 * Makes every child process of this thread the leader of a process group, which ends with its execution environment.
 * The main thread is told of each, since it alone can act when this thread is blocked or gone.
 */
export function followChildProcesses(post: Post): void {
  runSyncChildrenInMainThread(post);
  // All ways to start one lead through this method, however the function has come by them.
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const resources = currentEnvironment.getStore()?.resources;
    if (resources?.ended) throw new Error('The execution environment has ended');
    const detached = process.platform !== 'win32';
    const result = spawn.call(this, { ...options, ...onThisMachine(options), detached });
    const { pid } = this;
    if (pid === undefined) return result;
    const forget = () => {
      if (signalGroup(pid, 0)) return;
      resources?.remove(this);
      post({ type: 'childEnded', pid });
    };
    post({ type: 'childStarted', pid });
    this.once('exit', forget);
    resources?.add(this, () => {
      for (const part of [this, ...this.stdio]) if (part) endEmitter(part);
      signalGroup(pid, 'SIGKILL');
      post({ type: 'childEnded', pid });
    });
    return result;
  };
}

/** What says where a child process runs, and what with. */
interface Started {
  file: string;
  args?: string[] | undefined;
  cwd?: string | undefined;
  envPairs?: string[] | undefined;
}

/** The folders of Lambda that a function names are others here, for its children too. */
function onThisMachine({ file, args = [], cwd, envPairs = [] }: Started): Required<Started> {
  return {
    file: file === 'node' ? process.execPath : realText(file),
    args: args.map(realText),
    cwd: realPath(cwd ?? process.cwd()),
    envPairs: envPairs.map(realText),
  };
}

interface SyncOptions extends Omit<SyncChild, 'stdio' | 'input'> {
  stdio: { type: 'pipe' | 'ignore' | 'inherit' | 'fd'; fd?: number; input?: Uint8Array }[];
}

interface SyncSpawnBinding {
  spawn(options: SyncOptions): SyncChildResult;
}

/** A thread that waits for a child process cannot end it, so the main thread runs it meanwhile. */
function runSyncChildrenInMainThread(post: Post): void {
  // execSync, execFileSync and spawnSync lead here; there is no public place where they meet.
  const { binding } = process as unknown as { binding(name: 'spawn_sync'): SyncSpawnBinding };
  binding('spawn_sync').spawn = (options) => {
    const { timeout, maxBuffer, killSignal, uid, gid } = options;
    const stdio = options.stdio.map(({ type, fd }) => (type === 'fd' ? (fd ?? type) : type));
    const input = options.stdio[0]?.input;
    const own = { ...onThisMachine(options), timeout, maxBuffer, killSignal, uid, gid };
    const { port1, port2: port } = new MessageChannel();
    const isDone = new Int32Array(new SharedArrayBuffer(4));
    const environment = currentEnvironment.getStore()?.id;
    const child = { ...own, stdio, input } as SyncChild;
    post({ type: 'runChild', environment, child, port, isDone }, [port]);
    Atomics.wait(isDone, 0, 0);
    const received = receiveMessageOnPort(port1) as { message: SyncChildResult };
    const { output, ...result } = received.message;
    return { ...result, output: output?.map((bytes) => bytes && Buffer.from(bytes)) ?? null };
  };
}
