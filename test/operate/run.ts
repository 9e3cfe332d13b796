import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UsageError } from '../../common/usageError.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import { postOrder } from '../bench/saturation.ts';
import { Checks } from '../e2e/checks.ts';
import { type Ended, runNode, startGroup } from '../e2e/child.ts';
import { checkInvocations } from '../e2e/invocations.ts';
import { runProgram } from '../support/program.ts';
import { createWorkspace, ROOT, type Workspace } from '../support/workspace.ts';
import { AwsCli } from './awsCli.ts';
import { checkAwsCli } from './awsCliChecks.ts';
import { checkDeadLetters } from './deadLetterChecks.ts';
import { checkDeadline } from './deadlineChecks.ts';
import { checkDirectOutage, checkOutage } from './outageChecks.ts';
import { checkPromises } from './promiseChecks.ts';
import { checkRunbooks, checkWatch } from './runbookChecks.ts';
import { checkStarts } from './startChecks.ts';
import { checkWorkers } from './workerChecks.ts';

const HELP = `Operates sls local as one operates a stage on AWS: the AWS CLI with the printed endpoints, sls invoke and
sls workers, the Locust files alone, a crowd before one worker, what docs/operations.md says to do for each alarm, and a stop in
the middle of a payment. Then starts and stops: with a
fault in each part, broken off by Ctrl-C at seven moments, ten in a row, and twenty saves with --watch. Each has to end with
its status and one line, and leave no process and no file.

  npm run test:operate
  npm run test:operate -- stage         only the first part; starts: only the starts and stops

Those that take minutes each run by their name alone:

  npm run test:operate -- dead-letters  200 of 1,000 orders given up, and brought back by a redrive that is killed on its way
  npm run test:operate -- outage        a payment provider that is down for a minute; --full: for three, in a sale of 60 orders/s
  npm run test:operate -- direct-outage the latter on the direct way
  npm run test:operate -- deadline      one worker before 60 orders/s, which may be paid for 30 s
  npm run test:operate -- promise       whether orders end when their buyers were told; --full: a minute, and a backlog of 3,000

Exit: 0 all passed, 1 something failed, 2 there was nothing to ask.`;

const COMMAND_LIMIT_MS = 60_000;
/** Installing Locust is in it, once. */
const LOCUST_LIMIT_MS = 180_000;
const LOCUST_LOAD = ['--headless', '-u', '5', '-r', '5', '-t', '8s'];
const STOP_WITHIN_MS = 5_000;

async function operate(checks: Checks): Promise<void> {
  const workspace = createWorkspace();
  const service = new LocalService({
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary, WORKER_COUNT: '1' },
    readyFile: path.join(workspace.folder, '.local/ready.json'),
  });
  try {
    const stage = localStage(await service.start());
    const aws = await AwsCli.forService(service.logFile, workspace.folder);
    await checkAwsCli(checks, aws, stage, workspace.folder);
    await checkInvocations(checks, { stage: 'local', invoke: invoker(workspace) });
    await checkWorkers(checks, stage, async (count) => {
      await sls(workspace, ['workers', String(count), '--yes']);
    });
    await checkLocust(checks, stage.outputs.HttpApiUrl);
    await checkWatch(checks, (words) =>
      startGroup(
        process.execPath,
        [programOf(workspace), ...words, '--stage', 'local'],
        workspace.folder,
        {
          TMPDIR: workspace.temporary,
        },
      ),
    );
    await checkRunbooks(checks, stage, {
      sls: (words) => sls(workspace, words),
      orderId: await placeOne(stage),
      canDeploy: false,
    });
    await checkStop(checks, service, stage.outputs.HttpApiUrl);
    stage.close();
  } finally {
    await service.remove();
    workspace.remove();
  }
}

async function placeOne({ outputs }: Stage): Promise<string> {
  const answer = await postOrder(`${outputs.HttpApiUrl}/orders/async?way=queued`);
  assert.equal(answer.status, 202);
  return ((await answer.json()) as { order_id: string }).order_id;
}

/** What a function answers to an event, by the framework's own command. */
const invoker = (workspace: Workspace) => async (key: string, event: unknown) => {
  const file = path.join(workspace.folder, `${key}.event.json`);
  writeFileSync(file, JSON.stringify(event));
  const { stdout } = await sls(workspace, ['invoke', '--function', key, '--path', file]);
  return JSON.parse(stdout);
};

const programOf = ({ folder }: Workspace) =>
  path.join(folder, 'node_modules/serverless/bin/serverless.js');

async function sls(workspace: Workspace, words: string[]): Promise<Ended> {
  const ended = await runNode({
    args: [programOf(workspace), ...words, '--stage', 'local'],
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary },
    limitMs: COMMAND_LIMIT_MS,
  });
  if (ended.status === 0) return ended;
  throw new Error(`sls ${words[0]} ended with status ${ended.status}:\n${ended.output}`);
}

/** The Locust files alone, as the README has them. */
async function checkLocust(checks: Checks, host: string): Promise<void> {
  for (const file of ['locustfile.py', 'async_test.py']) {
    await checks.run(`locust -f ${file} --headless: every answer is right, exit 0`, async () => {
      const { status, output } = await runNode({
        args: ['loadtest/locustCommand.ts', '-f', file, `--host=${host}`, ...LOCUST_LOAD],
        folder: ROOT,
        environment: {},
        limitMs: LOCUST_LIMIT_MS,
      });
      assert.equal(status, 0, output);
      assert.match(output, /POST \/orders\/(sync|async)/);
    });
  }
}

async function checkStop(checks: Checks, service: LocalService, api: string): Promise<void> {
  await checks.run('Ctrl-C in mid-payment: the buyer is answered, exit 0 within 5 s', async () => {
    const paying = postOrder(`${api}/orders/sync`);
    await sleep(500);
    const startedAt = performance.now();
    const status = await service.stop();
    const tookMs = performance.now() - startedAt;
    assert.equal((await paying).status, 200);
    assert.equal(status, 0);
    assert.ok(tookMs < STOP_WITHIN_MS, `it took ${Math.round(tookMs)} ms`);
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, full: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const [asked] = positionals;
  const checks = new Checks();
  const parts = { stage: operate, starts: checkStarts };
  const byName = {
    ...parts,
    'dead-letters': checkDeadLetters,
    outage: (all: Checks) => checkOutage(all, values.full),
    'direct-outage': checkDirectOutage,
    deadline: checkDeadline,
    promise: (all: Checks) => checkPromises(all, values.full),
  };
  if (asked !== undefined && !Object.hasOwn(byName, asked))
    throw new UsageError(
      `must be followed by one of ${Object.keys(byName).join(', ')}, got ${asked}`,
    );
  for (const [name, check] of Object.entries(asked === undefined ? parts : byName))
    if ((asked ?? name) === name) await check(checks);
  process.stdout.write(`${checks.summary}\n`);
  return checks.failed === 0 ? 0 : 1;
}

await runProgram(main);
