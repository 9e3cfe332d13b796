import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, type Workspace } from '../support/workspace.ts';

/** One of each thing that a start brings up, so that it takes a third of the time of the real service's. */
const manifest = (custom = '') => `
service: small
plugins: [serverless-esbuild, ./local/plugin.ts]
custom: { esbuild: { bundle: true }${custom} }
package: { individually: true }
provider: { name: aws, runtime: nodejs24.x, versionFunctions: false }
functions:
  spawner:
    handler: spawner.handler
    events:
      - httpApi: GET /
      - sqs: { arn: !GetAtt Queue.Arn }
      - sns: { topicName: news, arn: !Ref Topic }
resources:
  Resources:
    Queue: { Type: AWS::SQS::Queue }
    Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: news } }
    Parcels:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: parcels
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
        KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;

/** Starts one process in the group of the service, and one that has a group of its own; gives their ids. */
const SPAWNER = `
import { spawn } from 'node:child_process';
export const handler = async () => {
  const pids = [false, true].map((detached) => spawn('sleep', ['600'], { detached, stdio: 'ignore' }).pid);
  return { statusCode: 200, body: JSON.stringify(pids) };
};
`;

const FILES = {
  'serverless.yml': manifest(),
  'spawner.js': SPAWNER,
  'package.json': JSON.stringify({
    name: 'small',
    type: 'module',
    scripts: { start: 'sls local' },
  }),
};

/** Each with a temporary folder of its own; `files` stand in the place of some of its. */
export function createSmallService(files: Record<string, string> = {}): Workspace {
  const base = mkdtempSync(path.join(tmpdir(), 'small-service-'));
  const folder = path.join(base, 'service');
  const temporary = path.join(base, 'tmp');
  for (const made of [folder, temporary]) mkdirSync(made);
  for (const name of ['node_modules', 'local'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  for (const [name, text] of Object.entries({ ...FILES, ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return { folder, temporary, remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** DynamoDB takes an index with several HASH keys, and the emulator does not. */
const tableOfTwoKeys = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['a', 'b'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'both',
        KeySchema: ['a', 'b'].map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
};

/** What stands in the way of a start, as files of the service. */
export const BROKEN = {
  syntax: { 'spawner.js': 'const ( = 1;' },
  resource: {
    'serverless.yml': `${manifest()}    TwoKeys: ${JSON.stringify(tableOfTwoKeys)}\n`,
  },
  panels: {
    'serverless.yml': manifest(', consolePanels: panels.js'),
    'panels.js': 'throw new Error("no panels today");',
  },
  tables: { 'data/tables/CURRENT': 'what is no database '.repeat(1000) },
  messages: { 'data/messages/fauxqs.db': 'what is no database '.repeat(1000) },
  events: { 'data/lambda-events.sqlite': 'what is no database '.repeat(1000) },
};
