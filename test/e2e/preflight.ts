import assert from 'node:assert/strict';
import { findStage } from '../../ops/stage.ts';
import type { Checks } from './checks.ts';
import type { Environment } from './child.ts';
import { Deployment } from './deployment.ts';

const STAGE = 'e2e-broken';
/** One value that costs orders: a message is a dead letter as soon as its first worker fails. */
const brokenManifest = (manifest: string): string =>
  manifest.replace('maxReceiveCount: 5', 'maxReceiveCount: 1');

/** What `sls preflight` refuses, `sls deploy` does not begin. */
export async function checkPreflight(checks: Checks, environment: Environment): Promise<void> {
  await checks.run('sls deploy of a broken manifest: stopped before anything is made', async () => {
    await withDeployment(environment, brokenManifest, async (deployment) => {
      await assert.rejects(deployment.deploy(), /error few-receives: .*Nothing was deployed/s);
      await assert.rejects(findStage({ stage: STAGE }), /There is no stack flash-sale-e2e-broken/);
    });
  });
  await checks.run('sls preflight: the account has less than the stage reserves', async () => {
    await withDeployment({ ...environment, DIRECT_CONCURRENCY: '950' }, undefined, (deployment) =>
      assert.rejects(deployment.preflight(), /error account-concurrency: .*the account's 1000/s),
    );
  });
}

async function withDeployment(
  environment: Environment,
  change: ((manifest: string) => string) | undefined,
  use: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  const deployment = new Deployment(STAGE, environment, change);
  try {
    await use(deployment);
  } finally {
    deployment.close();
  }
}
