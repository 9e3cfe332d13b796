import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { HttpResponse } from '../lib/platform/httpStack.ts';
import { useEndpoints } from '../lib/testing/environment.ts';
import { captureLog, lambdaContext, postEvent } from '../lib/testing/lambda.ts';
import { startDynalite } from '../lib/testing/startDynalite.ts';
import { orderRequest } from '../lib/testing/world.ts';

/** The handlers as they are deployed, on a real table. */
describe('the live handlers', () => {
  let stop: () => Promise<void>;
  let log: ReturnType<typeof captureLog>;
  const load = async () => ({
    sync: (await import('./orderSync.ts')).handler,
    status: (await import('./orderStatus.ts')).handler,
    worker: (await import('./queueWorker.ts')).handler,
  });
  let live: Awaited<ReturnType<typeof load>>;

  beforeAll(async () => {
    const { endpoint, close } = await startDynalite();
    useEndpoints({ dynamodb: endpoint });
    stop = close;
    live = await load();
  });
  afterAll(() => stop());
  beforeEach(() => {
    log = captureLog();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const post = (response: HttpResponse) => JSON.parse(response.body ?? '');
  const pay = () =>
    live.sync(postEvent(orderRequest(), { headers: { 'idempotency-key': 'k' } }), lambdaContext());

  it('pay one order for twenty requests with one key, and show it', async () => {
    const responses = await Promise.all(Array.from({ length: 20 }, pay));

    // Those that came meanwhile got 409, those that came later the same answer as a repeat.
    const paid = responses.filter(
      ({ statusCode, headers }) => statusCode === 200 && !headers?.['idempotent-replayed'],
    );
    expect(paid).toHaveLength(1);
    expect(responses.every(({ statusCode }) => statusCode === 200 || statusCode === 409)).toBe(
      true,
    );
    const order = post(await pay());
    const shown = await live.status(
      { ...postEvent(), pathParameters: { order_id: order.order_id } },
      lambdaContext(),
    );
    expect(post(shown)).toEqual(order);
    expect([log.sum('OrderAccepted', 'sync'), log.sum('OrderCompleted', 'sync')]).toEqual([1, 1]);
    expect(log.sum('OrderRepeated', 'sync')).toBe(20);
    expect(log.sum('ColdStart')).toBe(1);
  });

  it('acknowledge a message for an order that is final', async () => {
    const { order_id } = post(await pay());
    const body = JSON.stringify({ version: 1, order_id, way: 'queued', sent_at: 'now' });
    const event: SQSEvent = { Records: [{ messageId: 'm', body } as SQSRecord] };

    expect(await live.worker(event, lambdaContext())).toEqual({ batchItemFailures: [] });
  });
});
