import '../testing/environment.ts';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { orderMessage } from '../domain/orderMessage.ts';
import { captureLog, lambdaContext } from '../testing/lambda.ts';
import { anAsyncOrder, failing, world } from '../testing/world.ts';

const RATE = 'POWERTOOLS_LOGGER_SAMPLE_RATE';

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env[RATE];
  delete process.env._X_AMZN_TRACE_ID;
});

/** Two invocations of a new environment, each with one order that is paid and one whose provider fails. */
async function workAtRate(rate: number) {
  process.env[RATE] = String(rate);
  jest.resetModules();
  const log = captureLog();
  const { eventStack } = await import('./eventStack.ts');
  const { reportOrderEvent } = await import('./reportOrderEvent.ts');
  const { createQueueWorker } = await import('../../functions/queueWorker.ts');
  const { deps, payments } = world();
  const orders = [anAsyncOrder(), anAsyncOrder()];
  for (const order of orders) await deps.store.create(order);
  const worker = eventStack(
    createQueueWorker({
      ...deps,
      payments: failing(payments, 'charge', 'before', 1),
      report: reportOrderEvent,
    }),
  );
  const event: SQSEvent = {
    Records: orders.map((order, index) => {
      const body = JSON.stringify(orderMessage(order, order.created_at));
      return { messageId: `m${index}`, body } as SQSRecord;
    }),
  };
  await worker(event, lambdaContext());
  await worker(event, lambdaContext());
  return { orders, lines: log.messages() };
}

describe('the steps of an invocation', () => {
  it('are logged by every invocation at a sample rate of 1, with ids and state alone', async () => {
    const { orders, lines } = await workAtRate(1);

    const steps = lines.filter(({ level }) => level === 'DEBUG');
    const received = steps.filter(({ message }) => message === 'messages received');
    expect(received.map(({ message_ids }) => message_ids)).toEqual([
      ['m0', 'm1'],
      ['m0', 'm1'],
    ]);
    expect(steps.filter(({ message }) => message === 'asking for the charge')).toMatchObject([
      { order_id: orders[0]?.order_id },
      { order_id: orders[1]?.order_id },
      { order_id: orders[0]?.order_id },
    ]);
    expect(steps).toContainEqual(
      expect.objectContaining({ message: 'charge looked up', state: 'absent' }),
    );
    expect(JSON.stringify(lines)).not.toContain('Lamp');
  });

  // Lambda sets it to the manifest's applicationLogLevel, which has to let the sampled ones through.
  it.each(['INFO', 'DEBUG'])(
    'are logged by none at a sample rate of 0, where Lambda lets through %s',
    async (level) => {
      process.env.AWS_LAMBDA_LOG_LEVEL = level;
      const { lines } = await workAtRate(0);

      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter(({ level }) => level === 'DEBUG')).toEqual([]);
    },
  );
});

describe('the trace id of a log line', () => {
  it.each([
    ['0', undefined],
    ['1', '1-6b095751-fa5c2290f2ab47be5b253e56'],
  ])('is there where the request is traced: Sampled=%s', async (sampled, id) => {
    const root = 'Root=1-6b095751-fa5c2290f2ab47be5b253e56';
    process.env._X_AMZN_TRACE_ID = `${root};Parent=d5d1d1d1d1d1d1d1;Sampled=${sampled}`;
    const { lines } = await workAtRate(0);

    expect(new Set(lines.map(({ xray_trace_id }) => xray_trace_id))).toEqual(new Set([id]));
  });
});
