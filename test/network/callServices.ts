import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startTemplate } from '../support/templateService.ts';

/** Clients of the SDK, and hosts that code writes out; of a host that is not run here the answer has to say so. */
const CALLS = `
  const sdk = (client, command, input = {}) => async () => {
    const module = require('@aws-sdk/client-' + client);
    const Client = Object.entries(module).find(([name]) => /^[A-Z].*Client$/.test(name) && !name.startsWith('__'))[1];
    await new Client({}).send(new module[command + 'Command'](input));
  };
  const host = (name) => async () => {
    const { status } = await fetch('https://' + name + '.us-east-1.amazonaws.com/');
    if (status >= 400) throw new Error('answered ' + status);
  };
  const https = (name) => () => new Promise((resolve, reject) => {
    require('node:https').get('https://' + name + '.us-east-1.amazonaws.com/', ({ statusCode }) =>
      statusCode < 400 ? resolve() : reject(new Error('answered ' + statusCode))).on('error', reject);
  });
  const calls = {
    SQS: sdk('sqs', 'ListQueues'),
    SNS: sdk('sns', 'ListTopics'),
    DynamoDB: sdk('dynamodb', 'ListTables'),
    Lambda: sdk('lambda', 'ListFunctions'),
    EventBridge: sdk('eventbridge', 'ListRules'),
    CloudWatch: sdk('cloudwatch', 'ListMetrics'),
    'CloudWatch Logs': sdk('cloudwatch-logs', 'DescribeLogGroups'),
    CloudFormation: sdk('cloudformation', 'ListStacks'),
    S3: host('bucket.s3'),
    SES: host('email'),
    'Secrets Manager': https('secretsmanager'),
    'Systems Manager': https('ssm'),
  };
  exports.handler = async () => {
    const told = Object.entries(calls).map(async ([name, call]) =>
      [name, await call().then(() => 'answered', ({ name, message }) => name + ': ' + message)]);
    return Object.fromEntries(await Promise.all(told));
  };`;

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-network-'));
const template = path.join(folder, 'template.json');
const Properties = {
  FunctionName: 'caller',
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Timeout: 60,
  Code: { ZipFile: CALLS },
};
writeFileSync(
  template,
  JSON.stringify({ Resources: { Caller: { Type: 'AWS::Lambda::Function', Properties } } }),
);
const service = await startTemplate(template);
try {
  const { lambda: endpoint } = service.ready.endpoints;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials });
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'caller' }));
  const told = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, string>;
  for (const [name, outcome] of Object.entries(told))
    process.stdout.write(`  ${name.padEnd(16)} ${outcome.split('\n')[0]}\n`);
  if (Object.keys(told).length !== 12)
    throw new Error(`Twelve services, got ${JSON.stringify(told)}`);
} finally {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
}
