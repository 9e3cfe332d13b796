import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ReadyFile, readyFileSchema } from '../../contracts/readyFile.ts';
import { ROOT } from './workspace.ts';

export interface TemplateService {
  ready: ReadyFile;
  said: () => string;
  stop: () => Promise<void>;
}

/** Runs a template on free ports; throws what it said where it does not come to run. */
export async function startTemplate(
  template: string,
  flags: string[] = [],
  { nodeFlags = [] as string[] } = {},
): Promise<TemplateService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-template-'));
  const readyFile = path.join(folder, 'ready.json');
  const own = ['--port', '0', '--console-port', '0', '--ready-file', readyFile];
  const script = path.join(ROOT, 'local/templateCommand.ts');
  const args = [...nodeFlags, script, '--template', template, ...flags, ...own];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const isReady = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text;
      if (said.includes('\nReady: ')) isReady.resolve();
    });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGINT');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.race([isReady.promise, closed]);
  if (child.exitCode !== null) {
    await stop();
    throw new Error(said);
  }
  const ready = readyFileSchema.parse(JSON.parse(readFileSync(readyFile, 'utf8')));
  return { ready, said: () => said, stop };
}
