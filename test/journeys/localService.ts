import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ReadyFile } from '../../local/readyFile.ts';

export interface RunningService {
  ready: ReadyFile;
  process: ChildProcess;
  /** Interrupts it as Ctrl-C does and gives its exit status. */
  stop: () => Promise<number | null>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Starts `sls local` on free ports and waits until it takes orders. What it said is in the error when it does not. */
export async function startService(
  environment: Record<string, string>,
  flags: string[] = [],
): Promise<RunningService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-journey-'));
  const readyFile = path.join(folder, 'ready.json');
  const child = spawn(
    process.execPath,
    [
      'node_modules/.bin/sls',
      'local',
      '--port',
      '0',
      '--console-port',
      '0',
      '--ready-file',
      readyFile,
      ...flags,
    ],
    {
      cwd: ROOT,
      env: { ...process.env, ...environment, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  const started = new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\nReady: ')) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', (code) =>
      reject(new Error(`sls local ended with status ${code}:\n${said}`)),
    );
  });
  await started;
  const ready = JSON.parse(readFileSync(readyFile, 'utf8')) as ReadyFile;
  const stop = async () => {
    const exited = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
    return child.exitCode;
  };
  return { ready, process: child, stop };
}
