import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas, until } from '../testing/startLambda.ts';

afterAll(stopLambdas);

/** Runs a shell that starts a process of its own, and logs both ids. */
const SPAWNING = `
  const { exec, execFile, spawn } = require('node:child_process');
  const { promisify } = require('node:util');
  exports.handler = async ({ forever, background, say }) => {
    if (say) return (await promisify(execFile)('echo', [say])).stdout;
    const shell = spawn('sh', ['-c', 'sleep 600 & echo $$ $!; ' + (background ? '' : 'wait')]);
    const [ids] = await require('node:events').once(shell.stdout, 'data');
    console.log(ids.toString().trim());
    if (background) await require('node:events').once(shell, 'exit');
    if (forever === 'wait') await new Promise(() => {});
    while (forever === 'loop');
    if (forever === 'exit') process.exit(1);
    return 'done';
  };`;

/** A zombie has ended: its parent has not asked for its status yet. */
function countAlive(pids: number[]): number {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pids.join()], { encoding: 'utf8' });
  return stdout.split('\n').filter((state) => /^[^Z\s]/.test(state.trim())).length;
}

async function startSpawning(timeoutSeconds = 3) {
  const started = await startLambda([functionModel(SPAWNING, { timeoutSeconds })]);
  const pids = () =>
    started.lines.flatMap((line) => line.split('\tINFO\t')[1]?.split(' ').map(Number) ?? []);
  const alive = () => countAlive(pids());
  /** Asked ten times a second: each time it is a process more. */
  const allEnd = () => until(() => alive() === 0, { everyMs: 100 });
  return { ...started, pids, alive, allEnd };
}

// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
describe('a child process of a function', () => {
  it('answers as it does without an environment around it', async () => {
    const { call } = await startSpawning();

    expect((await call({ say: 'hello' })).answer).toBe('hello\n');
  });

  it.each(['wait', 'loop', 'exit'])(
    'ends with its environment, and all it has started too: %s',
    async (forever) => {
      const { call, pids, allEnd } = await startSpawning(1);

      const { error } = await call({ forever });

      expect(error).toBeDefined();
      expect(pids()).toHaveLength(2);
      await allEnd();
    },
  );

  it.each([
    ['lives', {}, 2],
    ['has ended, and left one behind', { background: true }, 1],
  ])('outlives its invocation but not the stop, when it %s', async (_what, event, left) => {
    const { call, lambda, alive, allEnd } = await startSpawning();

    await call(event);
    expect(alive()).toBe(left);
    await lambda.stop();

    await allEnd();
  });

  it('that is waited for answers as in a process of its own', async () => {
    const { call } = await startLambda([
      functionModel(
        `const { execFileSync, execSync, spawnSync } = require('node:child_process');
         exports.handler = async () => [
           execFileSync('cat', { input: 'hello', encoding: 'utf8' }),
           execSync('echo $COLOUR', { env: { COLOUR: 'a=b', PATH: process.env.PATH } }).toString(),
           spawnSync('sh', ['-c', 'echo out; echo err >&2; exit 3'], { encoding: 'utf8' }),
           spawnSync('flash-sale-no-such-command').error.code,
           spawnSync('ls', { cwd: __filename }).error.code,
           spawnSync('sleep', ['600'], { timeout: 50 }),
           spawnSync('yes', { maxBuffer: 10, encoding: 'utf8' }),
         ];`,
      ),
    ]);

    const { answer } = await call();

    expect(answer).toMatchObject([
      'hello',
      'a=b\n',
      { status: 3, signal: null, stdout: 'out\n', stderr: 'err\n' },
      'ENOENT',
      'ENOTDIR',
      { status: null, signal: 'SIGTERM', error: { code: 'ETIMEDOUT' } },
      { stdout: 'y\ny\ny\ny\ny\n', error: { code: 'ENOBUFS' } },
    ]);
  });

  it('that is waited for ends with its environment, and its neighbour is used again', async () => {
    const { call } = await startWaiting();
    await Promise.all([call({ waitMs: 300 }), call({ waitMs: 300 })]);

    const waiting = await call({ command: 'sleep 600; true' });

    expect(waiting.error?.errorType).toBe('Sandbox.Timedout');
    expect((await call()).answer).toBe(2);
  });

  it('that is waited for does not hold the stop up', async () => {
    const { call, lambda } = await startWaiting();
    const waiting = call({ command: 'sleep 600; true', waitMs: 100 });
    await until(() => lambda.snapshot().functions.work?.concurrent === 1);

    const startedAt = performance.now();
    await lambda.stop({ graceMs: 300 });

    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect((await waiting).error).toBeDefined();
  });
});

const startWaiting = () =>
  startLambda([
    functionModel(
      `let invocations = 0;
       exports.handler = async ({ command, waitMs }) => {
         invocations += 1;
         if (waitMs) await new Promise((resolve) => setTimeout(resolve, waitMs));
         if (command) require('node:child_process').execSync(command);
         return invocations;
       };`,
      { timeoutSeconds: 2 },
    ),
  ]);
