import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Command, CommandContext } from './commandLine.ts';
import { reconcileCommand } from './reconciliation/reconcileCommand.ts';
import { type PlantedStage, startPlantedStage } from './testing/plantedStage.ts';
import { runCommand } from './testing/runCommand.ts';
import { workersCommand } from './workers/workersCommand.ts';

let planted: PlantedStage;
let folder: string;
let readyFile: string;
beforeAll(async () => {
  planted = await startPlantedStage();
  folder = mkdtempSync(path.join(tmpdir(), 'commands-'));
  readyFile = path.join(folder, 'ready.json');
  writeFileSync(
    readyFile,
    JSON.stringify({ ...planted.stage.runtime, outputs: planted.stage.outputs }),
  );
});
afterAll(async () => {
  await planted.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await planted.clear();
  Object.assign(planted.lambdaState, { reserved: 20, maximum: 20, batchSize: 10 });
});

/** As if the stage were no service on this machine. */
const onAws: Command = (context) => {
  const runOn = workersCommand(context);
  return (stage) => runOn({ ...stage, runtime: undefined });
};

const run = (command: Command, options: CommandContext['options'] = {}, words: string[] = []) =>
  runCommand(command, { 'ready-file': readyFile, ...options }, words);

describe('sls workers', () => {
  it('shows what is in force', async () => {
    expect(await run(workersCommand)).toEqual({
      exitCode: 0,
      printed: 'maximum concurrency 20, batch size 10, reserved concurrency 20',
      told: '',
    });
  });

  it('changes the count and shows before and after', async () => {
    const { exitCode, printed, told } = await run(workersCommand, { yes: true }, ['30']);
    expect({ exitCode, printed }).toEqual({
      exitCode: 0,
      printed: '30 workers: now maximum concurrency 30, batch size 10, reserved concurrency 30',
    });
    expect(told).toMatch(/before {2}maximum concurrency 20[\s\S]*after {3}maximum concurrency 30/);
    expect(planted.lambdaState).toMatchObject({ reserved: 30, maximum: 30, batchSize: 10 });
  });

  it('prints one JSON document', async () => {
    const { printed } = await run(workersCommand, { json: true, 'dry-run': true, count: '1' });
    expect(JSON.parse(printed)).toMatchObject({
      workers: 1,
      after: { reserved: 2, maximum: 2, batchSize: 5 },
      applied: false,
    });
    expect(planted.lambdaState.maximum).toBe(20);
  });

  it('does not ask about a service on this machine', async () => {
    expect(await run(workersCommand, {}, ['30'])).toMatchObject({ exitCode: 0 });
    expect(planted.lambdaState.maximum).toBe(30);
  });

  it('does not ask where nothing changes', async () => {
    const { exitCode, printed } = await run(onAws, {}, ['20']);
    expect({ exitCode, printed }).toEqual({
      exitCode: 0,
      printed: '20 workers: already maximum concurrency 20, batch size 10, reserved concurrency 20',
    });
  });

  it('speaks of one worker in the singular', async () => {
    const { printed } = await run(workersCommand, { 'dry-run': true }, ['1']);
    expect(printed).toMatch(/^1 worker: would be .* \(2 x 5: AWS's least\)$/);
  });

  it('shows the halves of a single worker as the one that they are', async () => {
    Object.assign(planted.lambdaState, { reserved: 2, maximum: 2, batchSize: 5 });
    const { printed } = await run(workersCommand);
    expect(printed).toMatch(/^1 worker \(2 x 5: AWS's least\): maximum concurrency 2, /);
  });

  it('refuses to change anything where nobody can be asked', async () => {
    expect(await run(onAws, {}, ['30'])).toMatchObject({
      exitCode: 2,
      told: expect.stringContaining('pass --yes'),
    });
    expect(planted.lambdaState.maximum).toBe(20);
  });

  it.each([
    ['pause', 'Disabled', 'The workers take no more orders: the queue keeps them'],
    ['resume', 'Enabled', 'The workers take orders'],
  ])('--%s leaves the mapping %s', async (flag, state, printed) => {
    expect(await run(workersCommand, { [flag]: true })).toMatchObject({ exitCode: 0, printed });
    expect(planted.lambdaState.mapping).toBe(state);
  });

  it.each([
    [{ pause: true, resume: true }, []],
    [{ pause: true }, ['3']],
  ])('refuses %j with %j', async (options, words) => {
    expect(await run(workersCommand, options, words)).toMatchObject({
      exitCode: 2,
      told: expect.stringContaining('--pause, --resume: must be alone'),
    });
  });

  it.each(['0', '-1', '2.5', 'many', '1001', ''])('refuses %j workers', async (count) => {
    expect(await run(workersCommand, { yes: true }, [count])).toMatchObject({
      exitCode: 2,
      told: `The number of workers: must be a whole number from 1 to 1000, got ${JSON.stringify(count)}`,
    });
  });
});

describe('sls reconcile', () => {
  it('exits 0 on clean books', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'completed' });
    await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1' });
    const { exitCode, printed } = await run(reconcileCommand);
    expect(exitCode).toBe(0);
    expect(printed).toMatch(/^The books of stage local close\n/);
    expect(printed).toContain('charges   1, together 19.98');
  });

  it('exits 1 and names the order and the rule', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'completed' });
    const { exitCode, printed } = await run(reconcileCommand);
    expect(exitCode).toBe(1);
    expect(printed).toContain(
      'b-completed-equals-charged  ord_1  it is completed, and nothing was charged',
    );
  });

  it('prints one JSON document, with an acceptance list', async () => {
    const accepted = path.join(folder, 'accepted.txt');
    writeFileSync(accepted, 'ord_1\nord_2\nord_2\n');
    await planted.putOrder({ order_id: 'ord_1', status: 'declined' });
    const { exitCode, printed } = await run(reconcileCommand, { json: true, accepted, wait: '0' });
    expect(exitCode).toBe(1);
    expect(JSON.parse(printed)).toEqual({
      closed: false,
      settled: true,
      orders: { accepted: 2, completed: 0, declined: 1, cancelled: 0, pending: 0 },
      messages: { visible: 0, inFlight: 0, deadLettered: 0, async: 0 },
      charges: { count: 0, cents: 0 },
      violations: [
        {
          rule: 'a-accepted-has-order',
          orderId: 'ord_2',
          detail: 'it was accepted, and there is no record of it',
        },
      ],
    });
  });

  it('shows what a stranger wrote into the books without its control characters', async () => {
    const orderId = 'ord_1\u009b2J\n  b-completed-equals-charged  ord_2';
    await planted.putCharge({ charge_id: '\u001b[31m#1', order_id: orderId });
    const { printed } = await run(reconcileCommand, { wait: '0' });
    expect(printed).toContain(
      '  b-completed-equals-charged  ord_1\\u009b2J\\n  b-completed-equals-charged  ord_2  1998 cents were charged (\\u001b[31m#1)',
    );
    const { printed: document } = await run(reconcileCommand, { json: true, wait: '0' });
    expect(document).not.toContain('\u009b');
    expect(JSON.parse(document)).toMatchObject({ violations: [{ orderId }] });
  });

  it('exits 0 on a stage that has not settled, and says so on stderr', async () => {
    planted.asyncEvents.push('{"order_id":"ord_1"}');
    await planted.putOrder({ order_id: 'ord_1', status: 'pending' });
    const { exitCode, printed, told } = await run(reconcileCommand, { json: true, wait: '0' });
    expect(exitCode).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ closed: true, settled: false });
    expect(told).toMatch(/^note: 1 pending order was still on its way\nThe stage has not settled/);
  });

  it.each([
    [{ accepted: '/no/such/file' }, '--accepted: /no/such/file cannot be read'],
    [{ 'ready-file': '/no/such/file' }, 'No local service is running'],
  ])('exits 2 with a way out for %j', async (options, told) => {
    expect(await run(reconcileCommand, options)).toMatchObject({
      exitCode: 2,
      printed: '',
      told: expect.stringContaining(told),
    });
  });
});

describe('what was typed wrong', () => {
  const count = (name: string) => `${name}: must be a whole number from 1 to 1000`;
  const WRONG: [string, Command, CommandContext['options'], string][] = [
    ...['0', '1001', '-1', '2.5', '1e2', '0x10', ' 5', 'many', ''].flatMap(
      (value): [string, Command, CommandContext['options'], string][] => [
        ['--count', workersCommand, { count: value }, count('The number of workers')],
        [
          '--batch-size',
          workersCommand,
          { count: '5', 'batch-size': value },
          count('--batch-size'),
        ],
      ],
    ),
    ...['-1', '86401', 'long', '1.5', ''].map(
      (value): [string, Command, CommandContext['options'], string] => [
        '--wait',
        reconcileCommand,
        { wait: value },
        '--wait: must be a whole number from 0 to 86400',
      ],
    ),
  ];

  it.each(WRONG)(
    '%s is one line that names it, the rule and what came',
    async (flag, command, options, rule) => {
      const value = options[flag.slice('--'.length)];
      expect(await run(command, { yes: true, ...options })).toEqual({
        exitCode: 2,
        printed: '',
        told: `${rule}, got ${JSON.stringify(value)}`,
      });
      expect(planted.lambdaState.maximum).toBe(20);
    },
  );

  it.each(WRONG)(
    '%s is told where there is no stage to ask',
    async (_flag, command, options, rule) => {
      const { told } = await run(command, { 'ready-file': '/nowhere/ready.json', ...options });
      expect(told).toMatch(new RegExp(`^${rule}, got .*$`));
    },
  );

  it('--batch-size alone says what is missing', async () => {
    expect(await run(workersCommand, { 'batch-size': '5' })).toMatchObject({
      exitCode: 2,
      told: '--batch-size: needs the number of workers beside it, got none',
    });
  });
});

describe('what goes wrong on the way', () => {
  const failing = (error: Error) => run(() => () => Promise.reject(error));

  it('shows the stack of a fault of the program itself', async () => {
    const { exitCode, told } = await failing(new TypeError('order is undefined'));
    expect(exitCode).toBe(2);
    expect(told).toMatch(/^TypeError: order is undefined\n {4}at /);
  });

  it.each([
    ['an answer of AWS', Object.assign(new Error('slow down'), { $metadata: {} })],
    [
      'a connection that failed',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    ],
    ['missing credentials', Object.assign(new Error('none'), { name: 'CredentialsProviderError' })],
  ])('tells %s in one line', async (_, error) => {
    const { exitCode, told } = await failing(error);
    expect({ exitCode, told }).toEqual({
      exitCode: 2,
      told: `The stage did not answer as expected: ${error.name}: ${error.message}`,
    });
  });

  it('tells a service that is gone in one line', async () => {
    const { exitCode, told } = await run(() => async (stage) => {
      const { LambdaClient, ListFunctionsCommand } = await import('@aws-sdk/client-lambda');
      const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
      const gone = { credentials, region: stage.region, endpoint: 'http://127.0.0.1:1' };
      await new LambdaClient({ ...gone, maxAttempts: 1 }).send(new ListFunctionsCommand());
      return 0;
    });
    expect(exitCode).toBe(2);
    expect(told).toMatch(/^The stage did not answer as expected: .*$/);
  });
});
