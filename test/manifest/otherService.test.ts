import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { localStage, type ReadyFile, type Stage } from '../../ops/stage.ts';
import { LocalService } from '../support/localService.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FIXTURE = path.join(ROOT, 'test/fixtures/other-service');
const ARRIVES_WITHIN_MS = 30_000;

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-other-'));
const service = new LocalService({ folder });
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
  const { ParcelsTableName, UndeliveredQueueUrl } = ready.outputs as unknown as Record<
    string,
    string
  >;
  undelivered = UndeliveredQueueUrl ?? '';
  stage = localStage({
    ...ready,
    outputs: {
      ...ready.outputs,
      OrdersTableName: ParcelsTableName ?? '',
      OrderTopicArn: 'arn:aws:sns:eu-west-1',
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

async function arrives<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + ARRIVES_WITHIN_MS; Date.now() < end; await sleep(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing arrived within ${ARRIVES_WITHIN_MS} ms`);
}

const isLifted = async (parcel: string) =>
  (await fetch(`${ready.api}/parcels/${parcel}`)).status === 200 || undefined;

jest.setTimeout(ARRIVES_WITHIN_MS + 10_000);

describe('Another service of this kind', () => {
  it('is told at its start what of its manifest is not run', () => {
    const said = readFileSync(service.logFile, 'utf8');
    const [, list = ''] = said.split('Declared in the manifest, not run here:\n');

    for (const word of ['Authorizer', 'ManifestQueue', 'CustomsBus', 'TimeToLive'])
      expect(list).toContain(word);
    expect(list).not.toContain('AuditQueue');
    expect(said).toContain('ANY /parcels/{proxy+}');
    expect(said).toContain('AWS_DEFAULT_REGION=eu-west-1');
  });

  it('answers its routes, the more exact one first, with its cookies', async () => {
    const deleted = await fetch(`${ready.api}/parcels/p-1`, { method: 'DELETE' });
    const patched = await fetch(`${ready.api}/parcels/a/b`, { method: 'PATCH' });
    const announced = await put('p%201', 5);

    expect(await deleted.json()).toMatchObject({ route: 'DELETE /parcels/{id}', parcel_id: 'p-1' });
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

  it('hands a heavy parcel to its crane, and neither a light one nor what is no parcel', async () => {
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
});
