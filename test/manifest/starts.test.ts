import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SLS = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
/** Starting the framework included, on a machine that is busy with other tests. */
const TIME_LIMIT_MS = 60_000;

let folder: string;
let temporary: string;
let child: ChildProcess;
let said: string;

/** A service of one function, with neither a package.json nor a packaging plugin. */
const manifest = (plugins: string) => `
service: hello
plugins: [${plugins}]
provider: { name: aws, runtime: nodejs24.x, versionFunctions: false }
package: { patterns: ['!**', 'index.js'] }
functions:
  hello: { handler: index.handler, events: [httpApi: GET /] }
`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'starts-'));
  temporary = path.join(folder, '.tmp');
  mkdirSync(temporary);
  for (const name of ['node_modules', 'local'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  write('serverless.yml', manifest('./local/plugin.ts'));
  write('index.js', 'exports.handler = async () => ({ statusCode: 200, body: "ok" });');
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);

function start(flags: string[] = [], environment: Record<string, string> = {}): void {
  said = '';
  child = spawn(process.execPath, [SLS, 'local', '--port=0', '--console-port=0', ...flags], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary, ...environment },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said += chunk));
}

async function exitStatus(): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'close');
  return child.exitCode;
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) {
    if (child.exitCode !== null) throw new Error(`it has ended: ${said}`);
    await sleep(5);
  }
}

const exists = (pattern: string) => globSync(pattern, { cwd: temporary }).length > 0;

describe('sls local', () => {
  it(
    'runs a service that has no package.json, and leaves nothing after Ctrl-C but that its manifest is valid',
    async () => {
      start();
      await until(() => said.includes('Ready: '));

      const answer = await fetch(/Ready: (\S+)/.exec(said)?.[1] ?? '');
      child.kill('SIGINT');

      expect(await answer.text()).toBe('ok');
      expect(await exitStatus()).toBe(0);
      expect(readdirSync(temporary)).toEqual([]);
      expect(readdirSync(path.join(folder, '.local'))).toEqual(['valid-manifest.json']);
    },
    TIME_LIMIT_MS,
  );

  it.each([
    ['begins', 'sls-*'],
    ['has packaged', 'sls-*/package-*'],
  ])(
    'ends with 130 and leaves nothing when Ctrl-C comes as it %s',
    async (_when, sign) => {
      start();
      await until(() => exists(sign));

      child.kill('SIGINT');

      expect(await exitStatus()).toBe(130);
      expect(said).not.toContain('Ready: ');
      expect(readdirSync(temporary)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'ends with 1 and one line when the ready file cannot be written',
    async () => {
      start(['--ready-file=index.js/ready.json']);

      expect(await exitStatus()).toBe(1);
      expect(said).toMatch(/^The start failed at the ready file: .*index\.js.*\n$/);
      expect(readdirSync(temporary)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'ends with 1 and one line that shows where a source cannot be read',
    async () => {
      write('serverless.yml', manifest('serverless-esbuild, ./local/plugin.ts'));
      write('index.js', 'const ( = 1;');
      start();

      expect(await exitStatus()).toBe(1);
      expect(said).toMatch(/^The start failed at packaging: .*index\.js:1:6.*\n$/);
      expect(readdirSync(temporary)).toEqual([]);
    },
    TIME_LIMIT_MS,
  );
});
