import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { serviceInfoSchema } from '../../contracts/consoleApi.ts';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FIXTURE = path.join(ROOT, 'test/fixtures/other-service');
const ARRIVES_WITHIN_MS = 60_000;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-other-'));
const service = new LocalService({ folder, flags: ['--watch'] });
let ready: ReadyFile;
let stage: Stage;
let undelivered: string;

/** Another team's service, which has taken up this project's plugin and nothing else of it. */
beforeAll(async () => {
  cpSync(FIXTURE, folder, { recursive: true });
  for (const name of ['node_modules', 'local'])
    symlinkSync(path.join(ROOT, name), path.join(folder, name));
  writeFileSync(
    path.join(folder, 'package.json'),
    '{"name":"parcels","version":"0.1.0","type":"module"}',
  );
  const manifest = path.join(folder, 'serverless.yml');
  const text = readFileSync(manifest, 'utf8').replace(
    /^plugins:\n/m,
    'plugins:\n  - ./local/plugin.ts\n',
  );
  writeFileSync(manifest, text);
  ready = await service.start();
  const { ParcelsTableName, UndeliveredQueueUrl } = ready.outputs;
  undelivered = UndeliveredQueueUrl ?? '';
  stage = localStage({
    ...ready,
    outputs: {
      ...ready.outputs,
      OrdersTableName: ParcelsTableName ?? '',
      OrderTopicArn: 'arn:aws:sns:eu-west-1',
      OrderQueueUrl: '',
      OrderDeadLetterQueueUrl: '',
      DirectDeadLetterQueueUrl: '',
      ChargesTableName: '',
    },
  });
}, 120_000);

afterAll(async () => {
  stage?.close();
  await service.remove();
  rmSync(folder, { recursive: true, force: true });
});

const put = (parcel: string, weightKg: number, kind = 'parcel') =>
  fetch(`${ready.api}/parcels/${parcel}`, {
    method: 'PUT',
    body: JSON.stringify({ kind, weight_kg: weightKg }),
  });

const said = () => readFileSync(service.logFile, 'utf8');

function edit(file: string, from: string, to: string): void {
  const place = path.join(folder, file);
  writeFileSync(place, readFileSync(place, 'utf8').replace(from, to));
}

async function arrives<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + ARRIVES_WITHIN_MS; Date.now() < end; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing arrived within ${ARRIVES_WITHIN_MS} ms`);
}

const publish = async (Message: string) => {
  const TopicArn = 'arn:aws:sns:eu-west-1:000000000000:parcels-notices';
  const sns = new SNSClient({ endpoint: ready.endpoints.sns, region: 'eu-west-1', credentials });
  await sns.send(new PublishCommand({ TopicArn, Message }));
  sns.destroy();
};

const isLifted = async (parcel: string) =>
  (await fetch(`${ready.api}/parcels/${parcel}`)).status === 200 || undefined;

jest.setTimeout(2 * ARRIVES_WITHIN_MS);

describe('Another service of this kind', () => {
  it('is told at its start what of its manifest is not run', () => {
    const [, list = ''] = said().split('Declared in the manifest, not run here:\n');

    for (const word of [
      ...['Authorizer', 'ManifestQueue', 'CustomsBus', 'TimeToLive', 'StreamSpecification'],
      ...['PhotoBucket', 'Depot', 'WebsocketsApi', 'Scanner', 'InputPath'],
      ...['--env CUSTOMS_URL=VALUE', '{{resolve:ssm:/customs/key}}'],
    ])
      expect(list).toContain(word);
    for (const word of ['AuditQueue', 'ServerlessDeploymentBucket', 'SNSTopic'])
      expect(list).not.toContain(word);
    expect(said()).toContain('ANY /parcels/{proxy+}');
    expect(said()).toContain('AWS_DEFAULT_REGION=eu-west-1');
  });

  it('answers its routes, the more exact one first, with its cookies', async () => {
    const deleted = await fetch(`${ready.api}/parcels/p-1`, { method: 'DELETE' });
    const patched = await fetch(`${ready.api}/parcels/a/b`, { method: 'PATCH' });
    const announced = await put('p%201', 5);

    // The more exact route has an authorizer, and nobody signed in.
    expect(deleted.status).toBe(401);
    expect(await deleted.json()).toEqual({ message: 'Unauthorized' });
    expect(await patched.json()).toMatchObject({
      route: 'ANY /parcels/{proxy+}',
      parcel_id: 'a/b',
    });
    expect(announced.status).toBe(202);
    expect(announced.headers.getSetCookie()).toEqual(['last=p%201', 'seen=1']);
  });

  it('answers in payload format 1.0, with bytes and a header of two values', async () => {
    const answer = await fetch(`${ready.api}/labels/7?copy=a&copy=b`);

    expect(await answer.text()).toBe('/labels/{id} 7');
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-label')).toBe('a, b');
  });

  it('hands a heavy parcel to its crane, and neither a light one nor what is not a parcel', async () => {
    await put('light', 5);
    await put('letter', 50, 'letter');
    await put('heavy', 50);

    await arrives(() => isLifted('heavy'));
    const { Item } = await stage.clients.dynamodb.send(
      new GetItemCommand({
        TableName: stage.outputs.OrdersTableName,
        Key: { parcel_id: { S: 'heavy' } },
      }),
    );
    expect(Item?.weight_kg).toEqual({ N: '50' });
    expect(await isLifted('light')).toBeUndefined();
    expect(await isLifted('letter')).toBeUndefined();
  });

  it('hands a notice to the function of a topic that only its event declares', async () => {
    await publish('found');

    await arrives(() => isLifted('found'));
  });

  it('writes its access log where the console finds it', async () => {
    await fetch(`${ready.api}/parcels/logged`, { method: 'DELETE' });

    const found = await fetch(`${ready.console}/api/logs?function=httpApi&text=DELETE`);
    const { lines } = (await found.json()) as { lines: { line: string }[] };
    expect(JSON.parse(lines.at(-1)?.line ?? '{}')).toMatchObject({
      routeKey: 'DELETE /parcels/{id}',
      status: '401',
    });
    expect(said()).not.toContain('routeKey');
  });

  it('is what its console shows: its name, functions, queues and topics, and no orders', async () => {
    const answer = await (await fetch(`${ready.console}/api/service`)).json();
    const service = serviceInfoSchema.strict().parse(answer);

    expect(service).toMatchObject({ service: 'parcels', stage: 'dev' });
    expect(service.functions).toContain('crane');
    expect(service.queues).toContain('parcels-dev-undelivered');
    expect(service.topics.map(({ name }) => name)).toContain('parcels-notices');
    const script = await (await fetch(`${ready.console}/page.js`)).text();
    expect(script).not.toContain('Order desk');
  });

  it('sends a failed event to its on-failure destination, without a retry', async () => {
    const FunctionName = 'parcels-dev-nightly';
    await stage.clients.lambda.send(
      new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"reason":"night"}' }),
    );

    const body = await arrives(async () => {
      const receive = new ReceiveMessageCommand({ QueueUrl: undelivered, WaitTimeSeconds: 1 });
      return (await stage.clients.sqs.send(receive)).Messages?.[0]?.Body;
    });
    expect(JSON.parse(body)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: { reason: 'night' },
      responsePayload: { errorMessage: 'nothing to do at night' },
    });
  });

  it('serves a changed handler, and says that a changed manifest needs a new start', async () => {
    edit('handlers/label.ts', 'event.resource', "'changed' + event.resource");
    await arrives(async () => {
      const label = await (await fetch(`${ready.api}/labels/7`)).text();
      return label.startsWith('changed') || undefined;
    });

    edit('serverless.yml', 'timeout: 10', 'timeout: 9');
    await arrives(async () => said().includes('restart to run it') || undefined);
    expect(said()).toContain('Reloaded label');
    expect(said()).not.toContain('Reloaded crane');
  });

  it('stops by itself, whatever still runs', async () => {
    await publish('slow');
    await arrives(() => isLifted('slow'));

    // One that waits for what runs is killed, and has no status.
    expect(await service.stop()).toBe(0);
  });
});
