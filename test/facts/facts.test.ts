import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTemplate, type TemplateService } from '../support/templateService.ts';
import { DIFFERENCES } from './differences.ts';
import type { World } from './fact.ts';
import { LAMBDA_FACTS } from './lambdaFacts.ts';
import { SCHEDULE_FACTS } from './scheduleFacts.ts';
import { SNS_FACTS } from './snsFacts.ts';
import { SQS_FACTS } from './sqsFacts.ts';

const FACTS = [...SQS_FACTS, ...SNS_FACTS, ...LAMBDA_FACTS, ...SCHEDULE_FACTS];
const TEMPLATE = `
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: facts } }
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: facts } }
  Subscription: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn } }
  Function: { Type: AWS::Lambda::Function, Properties: { FunctionName: fact, Runtime: nodejs24.x, Handler: index.handler,
    Code: { ZipFile: 'exports.handler = async () => {}' } } }
Outputs:
  QueueUrl: { Value: !Ref Queue }
  QueueArn: { Value: !GetAtt Queue.Arn }
  TopicArn: { Value: !Ref Topic }
`;

jest.setTimeout(60_000);

const folder = mkdtempSync(path.join(tmpdir(), 'facts-'));
let service: TemplateService;
let world: World;

beforeAll(async () => {
  const template = path.join(folder, 'facts.yaml');
  writeFileSync(template, TEMPLATE);
  service = await startTemplate(template);
  const { ready } = service;
  const {
    QueueUrl: queueUrl = '',
    QueueArn: queueArn = '',
    TopicArn: topicArn = '',
  } = ready.outputs;
  const body = new URLSearchParams({ Action: 'ListSubscriptions', Version: '2010-03-31' });
  const listed = await (await fetch(ready.endpoints.sns, { method: 'POST', body })).text();
  const subscriptionArn = /<SubscriptionArn>([^<]+)/.exec(listed)?.[1] ?? '';
  world = { ready, queueUrl, queueArn, topicArn, subscriptionArn };
});

afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('of what AWS answers', () => {
  it.each(FACTS)('$fact', async ({ fact, ask, answer }) => {
    const difference = expect(await ask(world));

    if (DIFFERENCES.has(fact)) difference.not.toEqual(answer);
    else difference.toEqual(answer);
  });

  it('five things at most differ here, each of them a fact', () => {
    expect(DIFFERENCES.size).toBeLessThanOrEqual(5);
    expect(FACTS.filter(({ fact }) => DIFFERENCES.has(fact))).toHaveLength(DIFFERENCES.size);
  });
});
