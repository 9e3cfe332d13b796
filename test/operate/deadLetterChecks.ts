import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import type { Checks } from '../e2e/checks.ts';
import { type Ended, endGroup, runNode, startGroup } from '../e2e/child.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import {
  assertAllPaid,
  countDeadLetters,
  FAILING,
  GIVEN_UP,
  sellWithFailures,
  WITH_FAULTS,
} from './failedOrders.ts';

/** A redrive may wait a minute for what a killed one held, and another for an answer that got lost. */
const COMMAND_LIMIT_MS = 240_000;

/**
 * 200 of 1,000 orders are given up for two causes: their provider refuses on the queued way, and does not answer on the
 * direct one. Once it does better, a redrive that is killed with -9 and run again brings all of them to their end.
 */
export async function checkDeadLetters(checks: Checks): Promise<void> {
  const workspace = createWorkspace();
  const data = mkdtempSync(path.join(tmpdir(), 'dead-letters-'));
  let service = serviceOf(workspace, data, WITH_FAULTS);
  try {
    let stage = localStage(await service.start());
    let accepted: string[] = [];
    await checks.run('200 of 1,000 orders are given up for two causes, and no other', async () => {
      accepted = await sellWithFailures(service, stage);
      const { causes, orders } = JSON.parse((await dlq(workspace, 'list', '--json')).stdout);
      assert.deepEqual(
        causes.map(({ messages }: { messages: number }) => messages),
        [FAILING, FAILING],
      );
      assert.equal(orders, GIVEN_UP);
    });
    stage.close();
    await service.remove();
    service = serviceOf(workspace, data, {});
    stage = localStage(await service.start());
    await checks.run('a redrive killed with -9 and run again: all are paid once', async () => {
      await killedRedrive(workspace, stage);
      await dlq(workspace, 'redrive', '--yes', '--rate', '200');
      await assertAllPaid(stage, accepted);
      const log = JSON.parse((await dlq(workspace, 'log', '--json')).stdout);
      assert.deepEqual(
        log.map(({ ended_at }: { ended_at?: string }) => ended_at !== undefined),
        [true, false],
      );
    });
    stage.close();
  } finally {
    await service.remove();
    workspace.remove();
    rmSync(data, { recursive: true, force: true });
  }
}

const serviceOf = (workspace: Workspace, data: string, environment: Record<string, string>) =>
  new LocalService({
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary, PAYMENT_SECONDS: '1', ...environment },
    flags: ['--data', data],
    readyFile: path.join(workspace.folder, '.local/ready.json'),
  });

/** Slow enough to be met in the middle. */
async function killedRedrive(workspace: Workspace, stage: Stage): Promise<void> {
  const args = [
    programOf(workspace),
    'dlq',
    'redrive',
    '--yes',
    '--rate',
    '10',
    '--stage',
    'local',
  ];
  const child = startGroup(process.execPath, args, workspace.folder, {
    TMPDIR: workspace.temporary,
  });
  const gone = once(child, 'exit');
  while ((await countDeadLetters(stage)) > GIVEN_UP - 30) {
    assert.equal(child.exitCode, null, 'the redrive ended by itself');
    await sleep(100);
  }
  endGroup(child);
  await gone;
  assert.ok((await countDeadLetters(stage)) > 0, 'it was killed in the middle');
}

const programOf = ({ folder }: Workspace) =>
  path.join(folder, 'node_modules/serverless/bin/serverless.js');

async function dlq(workspace: Workspace, ...words: string[]): Promise<Ended> {
  const ended = await runNode({
    args: [programOf(workspace), 'dlq', ...words, '--stage', 'local'],
    folder: workspace.folder,
    environment: { TMPDIR: workspace.temporary },
    limitMs: COMMAND_LIMIT_MS,
  });
  assert.equal(ended.status, 0, ended.output);
  return ended;
}
