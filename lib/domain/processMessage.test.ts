import { describe, expect, it } from '@jest/globals';
import { anAsyncOrder, failing, PAYMENT_MS, world } from '../testing/world.ts';
import { paymentKey } from './chargeOrder.ts';
import type { AsyncOrder } from './order.ts';
import { orderMessage } from './orderMessage.ts';
import { processMessage, processParsedMessage } from './processMessage.ts';

const pointingTo = (order: AsyncOrder) => orderMessage(order, order.created_at);

async function placed(faults = {}) {
  const all = world(faults);
  const order = anAsyncOrder();
  await all.store.create(order);
  return { ...all, order, message: pointingTo(order) };
}

describe('processing a message', () => {
  it('pays the order that it points to, by the amount on the record', async () => {
    const { deps, store, book, order, message, log } = await placed();

    await processParsedMessage(deps, message);

    expect(await store.get(order.order_id)).toMatchObject({ status: 'completed' });
    expect(book.chargedFor(order.order_id)).toMatchObject([{ amount_cents: 5997 }]);
    expect([log.count('received'), log.count('chargeAnswered'), log.count('ended')]).toEqual([
      1, 1, 1,
    ]);
  });

  it('charges once for two deliveries at the same moment, and the loser fails without waiting', async () => {
    const { deps, book, clock, order, message } = await placed();
    const startedAt = clock.now();
    const first = processParsedMessage(deps, message);

    await expect(processParsedMessage(deps, message)).rejects.toThrow('in_progress');

    expect(clock.now()).toBe(startedAt);
    await first;
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });

  it('is done at once with an order that is final', async () => {
    const { deps, clock, log, message } = await placed();
    await processParsedMessage(deps, message);
    const startedAt = clock.now();

    await processParsedMessage(deps, message);

    expect(clock.now()).toBe(startedAt);
    expect(log.count('chargeAvoided')).toBe(1);
  });

  it('fails for an unknown order, and never charges it', async () => {
    const { deps, book, log } = world();

    await expect(processParsedMessage(deps, pointingTo(anAsyncOrder()))).rejects.toMatchObject({
      code: 'order_not_found',
    });
    expect(book.charges.size).toBe(0);
    expect(log.count('attemptFailed')).toBe(1);
  });

  it('fails for a text that is not a message', async () => {
    const { deps, log } = world();

    await expect(processMessage(deps, 'poison', 'queued')).rejects.toMatchObject({
      code: 'malformed_message',
    });
    expect(log.count('messageMalformed')).toBe(1);
  });

  it('charges the current revision for a late message of an earlier one', async () => {
    const { deps, store, payments, book, order, message } = await placed();
    await payments.void(paymentKey(order));
    await store.finish(order, { status: 'cancelled', cancel_reason: 'publish_failed' });
    await store.revive({ ...order, revision: 2 });

    await Promise.allSettled([
      processParsedMessage(deps, message),
      processParsedMessage(deps, message),
    ]);

    expect(await store.get(order.order_id)).toMatchObject({ status: 'completed', revision: 2 });
    expect(book.chargedFor(order.order_id)).toMatchObject([{ charge_id: `${order.order_id}#2` }]);
  });

  it('cancels an order whose charge was made impossible', async () => {
    const { deps, store, payments, order, message } = await placed();
    await payments.void(paymentKey(order));

    await processParsedMessage(deps, message);

    expect(await store.get(order.order_id)).toMatchObject({
      status: 'cancelled',
      cancel_reason: 'publish_failed',
    });
  });

  it('keeps a decline through redeliveries', async () => {
    const { deps, store, book, order, message } = await placed({ decline: 1 });

    await processParsedMessage(deps, message);
    await processParsedMessage(deps, message);

    expect(await store.get(order.order_id)).toMatchObject({ status: 'declined' });
    expect(book.charges.size).toBe(1);
  });
});

describe('when an attempt fails', () => {
  it.each(['before', 'after'] as const)(
    'leaves attempt and cause on the order when the charge failed %s it was begun',
    async (fault) => {
      const { deps, store, order, message, log } = await placed({ [fault]: 1 });

      await expect(processParsedMessage(deps, message)).rejects.toMatchObject({
        code: 'payment_unsettled',
      });

      expect(await store.get(order.order_id)).toMatchObject({
        status: 'pending',
        attempts: 1,
        last_error: { cause: expect.stringContaining(`${fault} it began`) },
      });
      expect(log.count('attemptFailed')).toBe(1);
    },
  );

  it('does not let a note that cannot be written hide the cause', async () => {
    const { deps, store, message } = await placed({ before: 1 });

    await expect(
      processParsedMessage({ ...deps, store: failing(store, 'noteFailure', 'before') }, message),
    ).rejects.toThrow('absent');
  });

  it.each([
    ['attempts', -1],
    ['last_error', 'text'],
  ])(
    'makes no order of a row whose %s is %j, by the note of why it is none',
    async (name, value) => {
      const { deps, store, book, order, message } = await placed();
      store.orders.set(order.order_id, { ...order, [name]: value });

      for (const _ of [1, 2, 3])
        await expect(processParsedMessage(deps, message)).rejects.toMatchObject({
          code: 'unreadable_row',
        });

      expect(store.orders.get(order.order_id)).toHaveProperty(name, value);
      expect(book.charges.size).toBe(0);
    },
  );

  it('takes the outcome of a charge that never answered', async () => {
    const { deps, store, order, message } = await placed({ never: 1 });

    await processParsedMessage(deps, message);

    expect(await store.get(order.order_id)).toMatchObject({ status: 'completed' });
  });

  it('completes at the next delivery what was charged but not stored', async () => {
    const { deps, store, book, clock, order, message } = await placed();
    const failingStore = failing(store, 'finish', 'before');
    await expect(processParsedMessage({ ...deps, store: failingStore }, message)).rejects.toThrow(
      'finish',
    );
    clock.advance(PAYMENT_MS);

    await processParsedMessage(deps, message);

    expect(await store.get(order.order_id)).toMatchObject({ status: 'completed', attempts: 1 });
    expect(book.chargedFor(order.order_id)).toHaveLength(1);
  });
});
