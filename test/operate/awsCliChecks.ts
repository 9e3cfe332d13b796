import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Stage } from '../../ops/stage.ts';
import { functionName } from '../../ops/stage.ts';
import { postOrder } from '../bench/saturation.ts';
import type { Checks } from '../e2e/checks.ts';
import type { AwsCli } from './awsCli.ts';

interface Mapping {
  UUID: string;
  State: string;
  BatchSize: number;
  ScalingConfig?: { MaximumConcurrency?: number };
}

/** The operator's calls as AWS documents them, through the AWS CLI and the printed endpoints. */
export async function checkAwsCli(
  checks: Checks,
  aws: AwsCli,
  stage: Stage,
  folder: string,
): Promise<void> {
  const api = stage.outputs.HttpApiUrl;
  const health = ['--function-name', functionName(stage, 'health')];

  await checks.run('aws sqs get-queue-attributes: the queue as it is declared', async () => {
    const { Attributes } = await aws.ask<{ Attributes: Record<string, string> }>(
      // Version 1 of the CLI goes by the flag alone for SQS: https://github.com/aws/aws-cli/issues/8737
      ...['sqs', 'get-queue-attributes', '--endpoint-url', stage.runtime?.endpoints.sqs ?? ''],
      ...['--queue-url', stage.outputs.OrderQueueUrl],
      ...['--attribute-names', 'All'],
    );
    const redrive = JSON.parse(Attributes.RedrivePolicy ?? '{}');
    assert.match(Attributes.QueueArn ?? '', /^arn:aws:sqs:us-east-1:000000000000:.*-orders$/);
    assert.equal(Attributes.ApproximateNumberOfMessages, '0');
    assert.equal(Number(redrive.maxReceiveCount), 5);
    assert.ok(Number(Attributes.VisibilityTimeout) >= 60, `${Attributes.VisibilityTimeout} s`);
  });
  await checks.run('aws lambda invoke: the answer in the file, status and version', async () => {
    const file = path.join(folder, 'answer.json');
    const answer = await aws.ask<{ StatusCode: number; ExecutedVersion: string }>(
      ...['lambda', 'invoke', ...health, '--payload', '{}', file],
    );
    assert.deepEqual(answer, { StatusCode: 200, ExecutedVersion: '$LATEST' });
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).statusCode, 200);
  });
  await checks.run('aws lambda invoke of no function: ResourceNotFoundException', async () => {
    const text = await aws.refusal('lambda', 'invoke', '--function-name', 'nobody', '/dev/null');
    assert.match(text, /ResourceNotFoundException/);
  });
  await checks.run('aws lambda put-function-concurrency: in force at once', async () => {
    assert.deepEqual(
      await aws.ask('lambda', 'put-function-concurrency', ...health, ...reserve(0)),
      { ReservedConcurrentExecutions: 0 },
    );
    assert.equal((await fetch(`${api}/health`)).status, 503);
    assert.deepEqual(await aws.ask('lambda', 'get-function-concurrency', ...health), {
      ReservedConcurrentExecutions: 0,
    });
    await aws.ask('lambda', 'delete-function-concurrency', ...health);
    assert.equal((await fetch(`${api}/health`)).status, 200);
  });
  await checks.run('aws lambda put-function-concurrency beyond the account: refused', async () => {
    const text = await aws.refusal(
      ...['lambda', 'put-function-concurrency', ...health, ...reserve(1000)],
    );
    assert.match(text, /InvalidParameterValueException.*minimum value of \[100\]/s);
  });
  await checks.run('aws lambda update-event-source-mapping: taken over, and back', async () => {
    const { EventSourceMappings } = await aws.ask<{ EventSourceMappings: Mapping[] }>(
      ...['lambda', 'list-event-source-mappings'],
      ...['--function-name', functionName(stage, 'queueWorker')],
    );
    const [before] = EventSourceMappings;
    assert.ok(before);
    await changeMapping(aws, before.UUID, { BatchSize: 7, MaximumConcurrency: 4 });
    await changeMapping(aws, before.UUID, {
      BatchSize: before.BatchSize,
      MaximumConcurrency: before.ScalingConfig?.MaximumConcurrency ?? 2,
    });
  });
  await checks.run('aws dynamodb get-item: the order that was answered 202', async () => {
    const response = await postOrder(`${api}/orders/async`);
    const { order_id } = (await response.json()) as { order_id: string };
    const { Item } = await aws.ask<{ Item: Record<string, { S?: string; N?: string }> }>(
      ...['dynamodb', 'get-item', '--table-name', stage.outputs.OrdersTableName],
      ...['--key', JSON.stringify({ order_id: { S: order_id } }), '--consistent-read'],
    );
    assert.equal(Item.order_id?.S, order_id);
    assert.equal(Item.total_cents?.N, '19998');
  });
}

const reserve = (count: number) => ['--reserved-concurrent-executions', String(count)];

async function changeMapping(
  aws: AwsCli,
  uuid: string,
  wanted: { BatchSize: number; MaximumConcurrency: number },
): Promise<void> {
  const { BatchSize, MaximumConcurrency } = wanted;
  await aws.ask<Mapping>(
    ...['lambda', 'update-event-source-mapping', '--uuid', uuid],
    ...['--batch-size', String(BatchSize)],
    ...['--scaling-config', JSON.stringify({ MaximumConcurrency })],
  );
  const now = await aws.ask<Mapping>('lambda', 'get-event-source-mapping', '--uuid', uuid);
  assert.deepEqual(
    { BatchSize: now.BatchSize, MaximumConcurrency: now.ScalingConfig?.MaximumConcurrency },
    wanted,
  );
}
