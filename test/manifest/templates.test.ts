import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ReadyFile, readyFileSchema } from '../../contracts/readyFile.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FIXTURES = path.join(ROOT, 'test/fixtures');
const ARRIVES_WITHIN_MS = 20_000;

jest.setTimeout(60_000);

let child: ChildProcess | undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-template-'));

afterEach(async () => {
  if (child?.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a template on free ports until it is ready, or says why it does not run. */
async function start(...flags: string[]): Promise<{ ready: ReadyFile; said: () => string }> {
  const readyFile = path.join(folder, 'ready.json');
  const ports = ['--port', '0', '--console-port', '0', '--ready-file', readyFile];
  const script = path.join(ROOT, 'local/templateCommand.ts');
  const running = spawn(process.execPath, [script, ...flags, ...ports], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = running;
  let said = '';
  const isReady = Promise.withResolvers<void>();
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (text) => {
      said += text;
      if (said.includes('\nReady: ')) isReady.resolve();
    });
  await Promise.race([isReady.promise, once(running, 'close')]);
  if (running.exitCode !== null) throw new Error(said);
  return {
    ready: readyFileSchema.parse(JSON.parse(readFileSync(readyFile, 'utf8'))),
    said: () => said,
  };
}

async function orderArrives(url: string): Promise<boolean> {
  for (const end = Date.now() + ARRIVES_WITHIN_MS; Date.now() < end; await sleep(50))
    if ((await fetch(url)).status === 200) return true;
  return false;
}

// https://docs.aws.amazon.com/cdk/v2/guide/configure-synth.html
describe('a template without a framework', () => {
  it.each([
    ['that CDK wrote', ['cdk/Shop.template.json']],
    ['that sam build wrote', ['sam/.aws-sam/build/template.yaml', '--parameter', 'Greeting=hello']],
  ])(
    '%s serves its API, takes messages through its queue and writes into its table',
    async (_, [file = '', ...flags]) => {
      const { ready, said } = await start('--template', path.join(FIXTURES, file), ...flags);

      const taken = await fetch(`${ready.outputs.ApiUrl}orders`, {
        method: 'POST',
        body: '{"id":"7"}',
      });

      expect(taken.status).toBe(202);
      expect(await taken.text()).toBe(flags.length > 0 ? 'hello' : 'taken');
      expect(await orderArrives(`${ready.api}/orders/7`)).toBe(true);
      expect(said().match(/^ {2}.*: .*not run.*$/gm)).toBeNull();
    },
  );

  it('whose code is nowhere is refused in one line', async () => {
    const template = path.join(FIXTURES, 'cdk/Shop.template.json');

    await expect(start('--template', template, '--assets', folder)).rejects.toThrow(
      /^Intake4F2D9C1A\.Code: there is none of .*; --assets names their folder\n$/,
    );
  });
});
