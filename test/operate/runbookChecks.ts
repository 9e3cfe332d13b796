import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { alarmRules } from '../../ops/cloudwatch/alarms.ts';
import { groupByCause } from '../../ops/deadLetters/judgedLetter.ts';
import { readLetters } from '../../ops/deadLetters/readLetters.ts';
import type { Stage } from '../../ops/stage.ts';
import type { Checks } from '../e2e/checks.ts';
import { type Environment, endGroup, type startGroup } from '../e2e/child.ts';
import { orderMessage } from '../e2e/events.ts';
import { ROOT } from '../support/workspace.ts';

/** Runs a command of `sls` on the stage; throws unless it ends well. */
type Sls = (words: string[], environment?: Environment) => Promise<unknown>;

interface Step {
  words: string[];
  environment: Environment;
}

const WATCHED_WITHIN_MS = 90_000;
const VALUES: Record<string, string> = {
  DIRECT_CONCURRENCY: '220',
  WARM_WRITES: '5000',
  THROTTLE_RATE: '3000',
  workers: '20',
};
/** `FirstDeploy` in the tests of MiniStack goes back to the first of two deployments. */
const ROLLBACK = /^(rollback|deploy list)\b/;

/** What `docs/operations.md` says to do for each alarm: the commands in its "Do". */
export function runbooks(): Map<string, string[]> {
  const text = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
  const [, alarms = ''] = /\n## Alarms\n(.*?)\n## /s.exec(text) ?? [];
  return new Map(
    alarms
      .split('\n### ')
      .slice(1)
      .map((section) => {
        const [, toDo = ''] = section.split('**Do**');
        const commands = [...toDo.matchAll(/`((?:[A-Z_]+=\w+ )?sls [^`]+)`/g)];
        return [section.split('\n', 1)[0] ?? '', commands.map(([, command = '']) => command)];
      }),
  );
}

/** Runs each command once, as it is written. What only a deployment does is left out where there is none. */
export async function checkRunbooks(
  checks: Checks,
  stage: Stage,
  { sls, orderId, canDeploy }: { sls: Sls; orderId: string; canDeploy: boolean },
): Promise<void> {
  const books = runbooks();
  await checks.run('every alarm has a command to run', async () => {
    const alarms = alarmRules({ isSweeping: true, hasStock: true, stage: stage.name });
    assert.deepEqual(
      [...books]
        .filter(([, commands]) => commands.length > 0)
        .map(([name]) => name)
        .sort(),
      alarms.map(({ id }) => id.replace(/Alarm$/, '')).sort(),
    );
  });
  const all = [...new Set([...books.values()].flat())].filter(
    (command) => !ROLLBACK.test(command.slice('sls '.length)),
  );
  const cause = await plant(stage, orderId);
  const [deployments, others] = [all.filter(isDeployment), all.filter((one) => !isDeployment(one))];
  for (const command of others)
    await checks.run(`runbook: ${command}`, async () => {
      const { words, environment } = stepOf(command, stage.name, cause);
      await sls(words, environment);
    });
  if (canDeploy)
    await checks.run(`runbook: ${deployments.join(', ')}`, async () => {
      const steps = deployments.map((command) => stepOf(command, stage.name, cause));
      const environment = Object.assign({}, ...steps.map((step) => step.environment));
      await sls(['deploy', '--force'], environment);
    });
}

/** Two screens of `sls status --watch`, then Ctrl-C. */
export async function checkWatch(
  checks: Checks,
  start: (words: string[]) => ReturnType<typeof startGroup>,
): Promise<void> {
  await checks.run('sls status --watch: a screen after the other, until Ctrl-C', async () => {
    const child = start(['status', '--watch']);
    const gone = once(child, 'exit', { signal: AbortSignal.timeout(WATCHED_WITHIN_MS) });
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
      if (shown.split(/^throttles/m).length === 3) child.kill('SIGINT');
    });
    try {
      const [status] = await gone;
      assert.equal(status, 0, shown);
    } finally {
      endGroup(child);
    }
  });
}

const isDeployment = (command: string): boolean => /\bsls deploy\b/.test(command);

function stepOf(command: string, stage: string, cause: string): Step {
  const [before = '', after = ''] = command.split('sls ');
  const variables = before.trim() === '' ? [] : [before.trim().split('=') as [string, string]];
  const environment = Object.fromEntries(
    variables.map(([name, value]) => [name, value === 'N' ? VALUES[name] : value]),
  );
  assert.match(after, /--stage STAGE\b/, `${command}: names no stage`);
  const words = after
    .replace(' --stage STAGE', '')
    .replace('workers N', `workers ${VALUES.workers}`)
    .replace('--cause ID', `--cause ${cause}`)
    .split(' ');
  assert.ok(!words.some((word) => /^[A-Z]+$/.test(word)), `${command}: ${words} on ${stage}`);
  // The only word that is not written: the answer to what it asks.
  const isAsked = ['dlq', 'workers', 'breaker'].includes(words[0] ?? '') && words[1] !== 'list';
  return { words: isAsked && words.length > 1 ? [...words, '--yes'] : words, environment };
}

/** A message that was given up; gives its cause. */
async function plant(stage: Stage, orderId: string): Promise<string> {
  const QueueUrl = stage.outputs.OrderDeadLetterQueueUrl;
  const MessageBody = orderMessage(orderId);
  await stage.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const { letters } = await readLetters(stage);
  const [found] = groupByCause(letters.filter((letter) => letter.orderId === orderId));
  assert.ok(found);
  return found.id;
}
