import assert from 'node:assert/strict';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { findStage, type Stage } from '../../ops/stage.ts';
import { Buyer, order, type PlacedOrder } from '../journeys/client.ts';
import type { JourneyTarget } from '../journeys/target.ts';
import { checkRunbooks, checkWatch } from '../operate/runbookChecks.ts';
import { type Checks, tell } from './checks.ts';
import { Deployment } from './deployment.ts';
import { checkFaults } from './faults.ts';
import { checkFirstDeploy } from './firstDeploy.ts';
import { checkInputs } from './inputs.ts';
import { checkInvocations } from './invocations.ts';
import { runJourneys } from './journeys.ts';
import { type MiniStack, startMiniStack, targetOf } from './ministack.ts';
import { checkPreflight } from './preflight.ts';
import { checkUnwatched, checkWatching } from './watching.ts';

const STAGE = 'e2e';
/** Half a second makes the journeys short; the faults are chosen by what an order contains. */
const PARAMETERS = { PAYMENT_SECONDS: '0.5', PAYMENT_FAULTS: '{"by_item":true}' };

/** The independent judge: the framework's own commands, an emulator that is not ours, the journeys, the faults. */
export async function judgeOnMiniStack(checks: Checks): Promise<void> {
  const miniStack = await startMiniStack(tell);
  tell(`MiniStack runs on ${miniStack.endpoint}`);
  // The SDK clients of this process look there, too.
  applyToThisProcess(miniStack);
  const deployment = new Deployment(STAGE, { ...miniStack.environment, ...PARAMETERS });
  try {
    await checkPreflight(checks, miniStack.environment);
    const isDeployed = await checks.run('sls deploy', () => deploy(deployment));
    if (isDeployed) await checkDeployed(checks, deployment, miniStack);
    await checkFirstDeploy(checks, miniStack);
    if (checks.failed > 0) tell(`MiniStack's last words:\n${miniStack.log()}`);
  } finally {
    deployment.close();
    await miniStack.stop();
  }
}

function applyToThisProcess({ environment }: MiniStack): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

async function deploy(deployment: Deployment): Promise<void> {
  const { output } = await deployment.deploy();
  tell(/^Left out.*$/m.exec(output)?.[0] ?? 'The whole template was deployed');
  await deployment.reserveConcurrency();
}

async function checkDeployed(
  checks: Checks,
  deployment: Deployment,
  { endpoint }: MiniStack,
): Promise<void> {
  const stage = await findStage({ stage: STAGE });
  const target = targetOf(stage, endpoint);
  await checks.run('sls info: every function, every route, the outputs', async () => {
    checkInfo((await deployment.info()).stdout, deployment, stage);
  });
  await checkWatching(checks, endpoint, STAGE, PARAMETERS);
  await checkInvocations(checks, deployment);
  checks.add(await runJourneys(target));
  await checkFaults(checks, stage, target);
  await checks.run('sls status and sls dlq: what the faults left, and back with it', () =>
    checkOperating(deployment),
  );
  await checkInputs(checks, stage, target);
  await checkWatch(checks, (words) => deployment.start(words));
  await checkRunbooks(checks, stage, {
    sls: (words, environment) => deployment.operate(words, environment),
    orderId: await placeOne(target),
    canDeploy: true,
  });
  await checks.run('sls remove: nothing is left', async () => {
    await deployment.remove();
    await checkNothingIsLeft(stage);
    await checkUnwatched(endpoint);
  });
  stage.close();
}

async function placeOne(target: JourneyTarget): Promise<string> {
  const { status, body } = await new Buyer(target).post('/orders/async?way=queued', order());
  assert.equal(status, 202);
  return (body as PlacedOrder).order_id;
}

/** After the faults, which leave orders that the provider refused in both dead-letter queues, and poison. */
async function checkOperating(deployment: Deployment): Promise<void> {
  const ask = async (...words: string[]) =>
    JSON.parse((await deployment.operate([...words, '--json'])).stdout);
  const { open, dead_letters, workers } = await ask('status');
  assert.ok(open.by_way.queued > 0 && dead_letters.queued > 0 && dead_letters.direct > 0);
  assert.equal(workers.state, 'Enabled');
  const { causes } = await ask('dlq', 'list');
  const refused = causes.find(({ cause }: { cause: string }) => cause.includes('before it began'));
  assert.ok(refused !== undefined && causes.length > 1, 'the causes are told apart');
  const sentBack = await ask('dlq', 'redrive', '--cause', refused.id, '--yes');
  assert.deepEqual([sentBack.done, sentBack.kept], [refused.messages, {}]);
  const [entry] = await ask('dlq', 'log');
  assert.deepEqual(entry.result, sentBack);
}

function checkInfo(text: string, deployment: Deployment, { outputs }: Stage): void {
  const functions = [...deployment.functions().keys()];
  assert.equal(functions.length, 8);
  const expected = [
    ...functions,
    ...['POST', 'POST', 'GET', 'DELETE', 'GET'],
    ...['/orders/sync', '/orders/async', '/orders/{order_id}', '/health'],
    ...Object.values(outputs),
  ];
  assert.deepEqual(
    expected.filter((part) => !text.includes(part)),
    [],
  );
}

async function checkNothingIsLeft({ clients }: Stage): Promise<void> {
  const { Functions = [] } = await clients.lambda.send(new ListFunctionsCommand({}));
  const { QueueUrls = [] } = await clients.sqs.send(new ListQueuesCommand({}));
  const { TableNames = [] } = await clients.dynamodb.send(new ListTablesCommand({}));
  assert.deepEqual(
    [Functions.map(({ FunctionName }) => FunctionName), QueueUrls, TableNames],
    [[], [], []],
  );
  await assert.rejects(findStage({ stage: STAGE }), { name: 'CannotAskError' });
}
