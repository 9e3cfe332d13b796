import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';

export type Environment = Record<string, string | undefined>;

export interface Command {
  command: string;
  args: string[];
  folder: string;
  environment: Environment;
  limitMs: number;
  /** Where its output goes as it comes, beside the result. */
  onOutput?: (text: string) => void;
}

export interface Ended {
  status: number | null;
  stdout: string;
  /** Both streams, as a reader at a terminal would see them. */
  output: string;
}

const running = new Set<ChildProcess>();

/** Starts Node or a command in a process group of its own, so that whatever it starts can be ended with it. */
export function startGroup(
  command: string,
  args: string[],
  folder: string,
  environment: Environment,
): ChildProcess & { stdout: Readable; stderr: Readable } {
  const PATH = `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`;
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  return child;
}

/** Ends the group, whoever of it is left. */
export function endGroup(child: ChildProcess): void {
  running.delete(child);
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function endAllGroups(): void {
  for (const child of running) endGroup(child);
}

/** Runs a Node program to its end, as `runCommand` does. */
export const runNode = (command: Omit<Command, 'command'>): Promise<Ended> =>
  runCommand({ command: process.execPath, ...command });

/**
 * Runs a command to its end. A framework that waits for ever (as it does when a bundle cannot be built) is ended at the
 * limit, with all that it started, and told about.
 */
export async function runCommand(run: Command): Promise<Ended> {
  const { limitMs, onOutput = () => {} } = run;
  const child = startGroup(run.command, run.args, run.folder, run.environment);
  const closed = once(child, 'close');
  let stdout = '';
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk;
    onOutput(String(chunk));
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    collect(chunk);
  });
  child.stderr.on('data', collect);
  const isTooLate = AbortSignal.timeout(limitMs);
  try {
    const [status] = (await once(child, 'exit', { signal: isTooLate })) as [number | null];
    // What it left running holds the pipes that would tell their end.
    endGroup(child);
    await closed;
    return { status, stdout, output };
  } catch (error) {
    if (!isTooLate.aborted) throw error;
    throw new Error(
      `it did not end within ${limitMs / 1000} s and was ended. It had said:\n${output.slice(-3000)}`,
    );
  } finally {
    endGroup(child);
  }
}
