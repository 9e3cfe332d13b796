import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { signalGroup } from './host/processGroup.ts';
import type { SyncChild, SyncChildResult } from './host/protocol.ts';

/** Runs a child process that a function waits for, and answers what Node's own synchronous call would. */
export async function runSyncChild(
  child: SyncChild,
  onStart: (pid: number) => void,
): Promise<SyncChildResult> {
  try {
    return await run(child, onStart);
  } catch (error) {
    const { errno = -constants.errno.EINVAL } = error as NodeJS.ErrnoException;
    return { pid: 0, status: null, signal: null, output: null, error: errno };
  }
}

function run(
  { file, args, cwd, envPairs, stdio, input, timeout, maxBuffer, killSignal, ...user }: SyncChild,
  onStart: (pid: number) => void,
): Promise<SyncChildResult> {
  const env = Object.fromEntries(envPairs.map((pair) => pair.split(/=(.*)/s, 2)));
  const detached = process.platform !== 'win32';
  const child = spawn(file, args.slice(1), { argv0: args[0], cwd, env, stdio, detached, ...user });
  const { pid = 0 } = child;
  if (pid > 0) onStart(pid);
  let error: number | undefined;
  const end = (errno: number) => {
    error ??= -errno;
    signalGroup(pid, killSignal ?? 'SIGTERM');
  };
  const timer = timeout ? setTimeout(end, timeout, constants.errno.ETIMEDOUT) : undefined;
  const output = child.stdio.map((stream) => {
    if (!stream || !('read' in stream)) return null;
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > (maxBuffer ?? Number.POSITIVE_INFINITY)) end(constants.errno.ENOBUFS);
    });
    return () => Buffer.concat(chunks).subarray(0, maxBuffer);
  });
  // A child that does not read its input is not a fault.
  child.stdin?.on('error', () => undefined).end(input);
  return new Promise<SyncChildResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) =>
      resolve({ pid, status, signal, output: output.map((of) => of?.() ?? null), error }),
    );
  }).finally(() => clearTimeout(timer));
}
