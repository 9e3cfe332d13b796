import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import { anOrder } from '../../lib/testing/world.ts';
import { type PlantedStage, startPlantedStage } from '../testing/plantedStage.ts';
import { type Answer, type BookedCharge, RULES } from './bookRules.ts';
import { queueDepth, readMessages } from './messageReader.ts';
import { closeBooks, reconcile } from './reconcile.ts';
import type { BookSources } from './suspects.ts';
import { bookReader } from './tableReader.ts';

let planted: PlantedStage;
beforeAll(async () => {
  planted = await startPlantedStage();
});
afterAll(() => planted.stop());
beforeEach(() => planted.clear());

/** The stage's books with a clock of our own: each pause lets `stepMs` go by. */
function sources(overrides: Partial<BookSources> = {}, stepMs = 10_000): BookSources {
  let now = Date.now();
  return {
    books: bookReader(planted.stage),
    messages: () => readMessages(planted.stage),
    leaseMs: 15_000,
    sweepAfterMs: undefined,
    now: () => now,
    pause: async () => {
      now += stepMs;
    },
    ...overrides,
  };
}

const wellOrder = async (id: string) => {
  await planted.putOrder({ order_id: id, status: 'completed' });
  await planted.putCharge({ charge_id: `${id}#1`, order_id: id });
};

describe('clean books', () => {
  it('close, with every figure', async () => {
    await wellOrder('ord_1');
    await wellOrder('ord_2');
    await planted.putOrder({ order_id: 'ord_3', status: 'declined' });
    await planted.putCharge({ charge_id: 'ord_3#1', order_id: 'ord_3', outcome: 'declined' });
    await planted.putOrder({ order_id: 'ord_4', status: 'cancelled' });
    await planted.putCharge({ charge_id: 'ord_4#1', order_id: 'ord_4', outcome: 'void' });

    expect(await closeBooks(sources(), { accepted: ['ord_1', 'ord_2', 'ord_3'] })).toEqual({
      closed: true,
      settled: true,
      orders: { accepted: 3, completed: 2, declined: 1, cancelled: 1, pending: 0 },
      messages: { visible: 0, inFlight: 0, deadLettered: 0, async: 0 },
      charges: { count: 2, cents: 3996 },
      violations: [],
      notes: [],
    });
  });

  it('are read page by page when they are larger than an answer of DynamoDB', async () => {
    const pad = 'x'.repeat(300_000);
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await planted.putOrder({ order_id: `ord_${index}`, status: 'completed', pad });
        await planted.putCharge({ charge_id: `ord_${index}#1`, order_id: `ord_${index}`, pad });
      }),
    );
    const progress: string[] = [];
    const result = await closeBooks(sources(), { onProgress: (text) => progress.push(text) });
    expect(result).toMatchObject({ closed: true, orders: { completed: 8 }, charges: { count: 8 } });
    expect(progress.filter((text) => text.endsWith('orders read')).length).toBeGreaterThan(1);
  });
});

describe('planted leaks', () => {
  const violationsOf = async (options = {}) => (await closeBooks(sources(), options)).violations;

  it('names a completed order without a charge', async () => {
    await wellOrder('ord_1');
    await planted.putOrder({ order_id: 'ord_2', status: 'completed' });
    expect(await violationsOf()).toEqual([
      { rule: RULES.charged, orderId: 'ord_2', detail: 'it is completed, and nothing was charged' },
    ]);
  });

  it('names two charges for one order', async () => {
    await wellOrder('ord_1');
    await planted.putCharge({ charge_id: 'fresh', order_id: 'ord_1' });
    const [violation, ...others] = await violationsOf();
    expect(others).toEqual([]);
    expect(violation).toMatchObject({ rule: RULES.charged, orderId: 'ord_1' });
    expect(violation?.detail).toMatch(/^it was charged 2 times/);
  });

  it('names a wrong amount', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'completed' });
    await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1', amount_cents: 1 });
    expect(await violationsOf()).toEqual([
      {
        rule: RULES.charged,
        orderId: 'ord_1',
        detail: '1 cent was charged (ord_1#1), its total is 1998 cents',
      },
    ]);
  });

  it('names an order that the acceptance list has and the table has not', async () => {
    await wellOrder('ord_1');
    expect(await violationsOf({ accepted: ['ord_1', 'ord_2'] })).toEqual([
      {
        rule: RULES.accepted,
        orderId: 'ord_2',
        detail: 'it was accepted, and there is no record of it',
      },
    ]);
  });

  it('names a pending order whose message is gone, when the lease has passed', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'pending' });
    const result = await closeBooks(sources(), {});
    expect(result).toMatchObject({ closed: false, settled: true, orders: { pending: 1 } });
    expect(result.violations).toEqual([
      {
        rule: RULES.pending,
        orderId: 'ord_1',
        detail: 'it is pending, nothing is left that would process it, and no sweeper runs',
      },
    ]);
  });
});

describe('odd rows', () => {
  const longId = 'x'.repeat(2047);

  it.each([
    ['no status', { order_id: 'odd' }, 'odd'],
    ['a status of another type', { order_id: 'odd', status: 1 }, 'odd'],
    ['a status that there is not', { order_id: 'odd', status: 'toString' }, 'odd'],
    ['an immense revision', { order_id: 'odd', status: 'completed', revision: 1e10 }, 'odd'],
    ['a negative revision', { order_id: 'odd', status: 'completed', revision: -1 }, 'odd'],
    ['half a revision', { order_id: 'odd', status: 'completed', revision: 1.5 }, 'odd'],
    ['the longest id', { order_id: longId, status: 'completed' }, longId],
    [
      'times of another type',
      { order_id: 'odd', status: 'pending', created_at: 1, accepted_at: 2 },
      'odd',
    ],
  ])('names an order with %s', async (_, row, orderId) => {
    await planted.putOrder(row);
    const { closed, violations } = await closeBooks(sources(), {});
    expect(closed).toBe(false);
    expect(violations).toEqual([expect.objectContaining({ orderId })]);
  });

  it.each([
    ['no order', { charge_id: 'odd', order_id: '' }, 'odd'],
    ['no name of an order at all', { charge_id: '#1', order_id: '' }, ''],
    ['an id too long for an order', { charge_id: 'odd', order_id: 'x'.repeat(3000) }, 'xxx'],
    ['an order that is a number', { charge_id: 'odd#1', order_id: 7 }, 'odd'],
  ])('names a charge with %s', async (_, row, orderId) => {
    await planted.putCharge(row);
    const { violations } = await closeBooks(sources(), {});
    expect(violations).toEqual([
      {
        rule: RULES.charged,
        orderId: expect.stringContaining(orderId),
        detail: `1998 cents were charged (${row.charge_id}), and there is no record of the order`,
      },
    ]);
  });

  it('names a charge without an amount, and adds up the others', async () => {
    await wellOrder('ord_1');
    await wellOrder('ord_2');
    await planted.putCharge({ charge_id: 'ord_2#1', order_id: 'ord_2', amount_cents: '1998' });
    expect(await closeBooks(sources(), {})).toMatchObject({
      charges: { count: 2, cents: 1998 },
      violations: [
        {
          orderId: 'ord_2',
          detail: 'no amount was charged (ord_2#1), its total is 1998 cents',
        },
      ],
    });
  });
});

describe('the second look', () => {
  it('counts a line for the order that it names, whatever key it has', async () => {
    await wellOrder('ord_1');
    await planted.putOrder({ order_id: 'ord_2', status: 'completed' });
    await planted.putCharge({ charge_id: 'ord_2#1', order_id: 'ord_1' });
    const { charges, violations } = await closeBooks(sources(), {});
    expect(charges).toEqual({ count: 2, cents: 3996 });
    const details = Object.fromEntries(violations.map(({ orderId, detail }) => [orderId, detail]));
    expect(details).toEqual({
      ord_1: expect.stringMatching(/^it was charged 2 times/),
      ord_2: 'it is completed, and nothing was charged',
    });
  });

  it('ends with the time it was given, and names what it did not reach as it stood', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `ord_${index}`);
    const own = sources({}, 5_000);
    const ordersOf = async () => {
      await own.pause();
      return [];
    };
    const start = own.now();
    const { violations } = await closeBooks(
      { ...own, books: { ...own.books, ordersOf } },
      { accepted: ids, waitSeconds: 4 },
    );
    expect(violations).toHaveLength(250);
    expect(own.now() - start).toBe(5_000);
  });
});

describe('an accepted order', () => {
  const violationsOf = async (
    row: Record<string, string>,
    ...answers: Parameters<typeof answered>
  ) => {
    await planted.putOrder({ order_id: 'ord_1', ...row });
    if (row.status === 'completed')
      await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1' });
    const { violations } = await closeBooks(sources(), { accepted: answered(...answers) });
    return violations.map(({ rule, detail }) => [rule, detail]);
  };
  const answered = (...answers: Answer[]) =>
    answers.map((answer): [string, Answer] => ['ord_1', answer]);

  it.each<[Answer, string, string, string]>([
    ['accepted', 'queued', 'cancelled', 'it was accepted, and is cancelled'],
    ['paid', 'sync', 'declined', 'it was answered 200, and is declined'],
    ['declined', 'sync', 'completed', 'it was answered as declined, and is completed'],
    ['completed', 'sync', 'declined', 'it was answered as completed, and is declined'],
  ])(
    'that was answered "%s" breaks rule a where it (%s) is %s',
    async (answer, way, status, detail) => {
      expect(await violationsOf({ way, status }, answer)).toEqual([[RULES.accepted, detail]]);
    },
  );

  it.each<[Answer, string, string]>([
    ['accepted', 'queued', 'declined'],
    ['accepted', 'queued', 'completed'],
    ['paid', 'sync', 'completed'],
    ['declined', 'sync', 'declined'],
    ['seen', 'queued', 'cancelled'],
  ])(
    'that was answered "%s" stands where its answer put it: (%s) %s',
    async (answer, way, status) => {
      expect(await violationsOf({ way, status }, answer)).toEqual([]);
    },
  );

  it.each([
    ['requested', []],
    ['deadline_passed', []],
    ['publish_failed', [[RULES.accepted, 'it was accepted, and is cancelled']]],
    ['', [[RULES.accepted, 'it was accepted, and is cancelled']]],
  ])(
    'may be cancelled afterwards by its buyer or its deadline alone: %j',
    async (cancel_reason, violations) => {
      const row = { way: 'queued', status: 'cancelled', cancel_reason };
      expect(await violationsOf(row, 'accepted')).toEqual(violations);
    },
  );

  it('is held against each of its answers', async () => {
    const violations = await violationsOf({ way: 'sync', status: 'cancelled' }, 'paid', 'declined');
    expect(violations).toEqual([
      [
        RULES.accepted,
        'it was answered 200, and is cancelled; it was answered as declined, and is cancelled',
      ],
    ]);
  });
});

describe('money', () => {
  it.each([
    ['amounts beyond what a float tells apart', '90071992547409930', '90071992547409931'],
    ['less than nothing', '-500', '-500'],
    ['half a cent', '99.5', '99.5'],
    ['a hair more than the total', '1000', '1000.00000000000000000001'],
  ])('that is %s is named', async (_, total, amount) => {
    await planted.putOrder({ order_id: 'ord_1', status: 'completed', total_cents: { N: total } });
    await planted.putCharge({
      charge_id: 'ord_1#1',
      order_id: 'ord_1',
      amount_cents: { N: amount },
    });
    const { violations } = await closeBooks(sources(), {});
    expect(violations).toMatchObject([{ rule: RULES.charged, orderId: 'ord_1' }]);
    expect(violations[0]?.detail).toContain(`${amount} cents were charged`);
  });

  it('adds up exactly, and says where JSON cannot', async () => {
    const cents = { N: '9007199254740993' };
    await planted.putOrder({ order_id: 'ord_1', status: 'completed', total_cents: cents });
    await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1', amount_cents: cents });
    const { closed, notes } = await closeBooks(sources(), {});
    expect(closed).toBe(true);
    expect(notes).toEqual([
      'the charges add up to 9007199254740993 cents, more than a JSON number holds exactly',
    ]);
  });
});

describe('an outcome that there is not', () => {
  it.each([
    ['failed', 'the outcome of ord_1#1 is "failed"'],
    ['refunded', 'the outcome of ord_1#1 is "refunded"'],
    ['', 'ord_1#1 has no outcome'],
  ])('pays for nothing: %j', async (outcome, fault) => {
    await planted.putOrder({ order_id: 'ord_1', status: 'completed' });
    await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1', outcome });
    expect(await closeBooks(sources(), {})).toMatchObject({
      charges: { count: 0, cents: 0 },
      violations: [
        {
          orderId: 'ord_1',
          detail: `it is completed, and nothing was charged; ${fault}: it must be one of charged, declined, void, open`,
        },
      ],
    });
  });

  it('is named beside a declined order too', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'declined' });
    await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1', outcome: 'refused' });
    expect((await closeBooks(sources(), {})).violations).toHaveLength(1);
  });
});

describe('an order whose message is gone', () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const { open_shard: _, sweep_at: __, ...whole } = toItem(anOrder());
  const orderId = String(whole.order_id?.S);
  const old = { ...whole, accepted_at: hoursAgo(3) };
  const close = (row: Record<string, string | number>) =>
    planted
      .putOrder({ ...old, ...row })
      .then(() => closeBooks(sources({ sweepAfterMs: 900_000 }), {}));

  it('awaits the sweeper that comes back at its own sweep_at, however old it is', async () => {
    expect(await close({ open_shard: '1', sweep_at: hoursAgo(-2 / 3) })).toMatchObject({
      closed: true,
      settled: false,
      notes: ['1 pending order without a message waits for the sweeper'],
    });
  });

  it('awaits the sweeper by the text of its sweep_at, as the index has it, in whatever zone that is', async () => {
    const inHalfAnHour = hoursAgo(-0.5).replace('Z', '+05:00');
    expect(await close({ open_shard: '1', sweep_at: inHalfAnHour })).toMatchObject({
      closed: true,
      notes: ['1 pending order without a message waits for the sweeper'],
    });
  });

  it.each([
    ['its sweep_at has long passed', { open_shard: '1', sweep_at: hoursAgo(1) }],
    [
      'its sweep_at is further ahead than the sweeper puts it',
      { open_shard: '1', sweep_at: hoursAgo(-3) },
    ],
    ['its sweep_at is no time', { open_shard: '1', sweep_at: 'soon' }],
    ['it is in no shard of the index', { open_shard: '64', sweep_at: hoursAgo(-0.5) }],
    ['it is not in the index', {}],
  ])('is lost where %s', async (_what, row: Record<string, string>) => {
    expect((await close(row)).violations).toMatchObject([{ rule: RULES.pending, orderId }]);
  });

  it.each([
    ['way', 'other'],
    ['customer_id', 'x'],
    ['items', 'none'],
    ['created_at', 'soon'],
    ['attempt_id', 7],
    ['request_hash', 7],
    ['pledge', 'maybe'],
    ['attempts', -1],
    ['last_error', 'text'],
  ])('is lost where the sweeper passes it over, since its %s is %j', async (name, value) => {
    const indexed = { open_shard: '1', sweep_at: hoursAgo(-0.5) };
    expect((await close({ ...indexed, [name]: value })).violations).toMatchObject([
      {
        rule: RULES.pending,
        orderId,
        detail: expect.stringContaining(`the sweeper passes it over: ${name} missing or wrong`),
      },
    ]);
  });
});

it('names one order of very many lines in no more time than their number asks for', async () => {
  const count = 30_000;
  const line = (index: number): BookedCharge => ({
    ...{ chargeId: `c${index}`, orderId: 'ord_1', namesOrder: true },
    ...{ amount: 1998n, outcome: 'charged', resolvesAtMs: 0 },
  });
  await wellOrder('ord_1');
  const books = bookReader(planted.stage);
  async function* charges() {
    for (let next = 0; next < count; next += 1_000)
      yield Array.from({ length: 1_000 }, (_, index) => line(next + index));
  }
  const startedAt = performance.now();
  const { violations } = await closeBooks(sources({ books: { ...books, charges } }), {});
  expect(violations).toHaveLength(1);
  expect(violations[0]?.detail).toMatch(
    /^it was charged \d+ times: c0, c1, c2, c3, c4 and \d+ more$/,
  );
  // With each line copied for the next one it took most of a minute.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

describe('a suspect', () => {
  const leaks = {
    'a pending order whose message is gone': () =>
      planted.putOrder({ order_id: 'ord_1', status: 'pending', accepted_at: '2026-01-01' }),
    'a charge of an order that is not completed': async () => {
      await planted.putOrder({ order_id: 'ord_1', status: 'cancelled' });
      await planted.putCharge({ charge_id: 'ord_1#1', order_id: 'ord_1' });
    },
    'an accepted order without a record': async () => {},
  };

  it.each(Object.entries(leaks))(
    'is not named when it ends within the lease: %s',
    async (_, plant) => {
      await plant();
      const start = Date.now();
      const own = sources({}, 5_000);
      const pause = async () => {
        await own.pause();
        if (own.now() - start >= 10_000) await wellOrder('ord_1');
      };
      const result = await closeBooks({ ...own, pause }, { accepted: ['ord_1'] });
      expect(result).toMatchObject({ closed: true, settled: true, orders: { completed: 1 } });
    },
  );

  it.each(Object.entries(leaks))('is named after the lease: %s', async (name, plant) => {
    await plant();
    const own = sources({}, 5_000);
    const start = own.now();
    const accepted = name.startsWith('an accepted order') ? ['ord_1'] : [];
    const { violations } = await closeBooks(own, { accepted, waitSeconds: 600 });
    expect(violations).toMatchObject([{ orderId: 'ord_1' }]);
    expect(own.now() - start).toBe(15_000);
  });

  it('is named at the deadline when that comes first', async () => {
    const own = sources({}, 5_000);
    const start = own.now();
    const { violations } = await closeBooks(own, { accepted: ['ord_1'], waitSeconds: 5 });
    expect(violations).toMatchObject([{ rule: RULES.accepted, orderId: 'ord_1' }]);
    expect(own.now() - start).toBe(5_000);
  });

  it('keeps nobody waiting who asks about clean books, or about what no moment explains', async () => {
    await wellOrder('ord_1');
    await planted.putOrder({ order_id: 'ord_2', status: 'completed' });
    await planted.putOrder({ order_id: 'ord_3', status: 'completed' });
    await planted.putCharge({ charge_id: 'ord_3#1', order_id: 'ord_3', amount_cents: 1 });
    const own = sources();
    const start = own.now();
    expect((await closeBooks(own, {})).violations).toHaveLength(2);
    expect(own.now()).toBe(start);
  });
});

describe('a moving stage', () => {
  it('is not at rest where a queue leaves out one of its numbers', async () => {
    const Attributes = {
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
    };
    const sqs = { send: async () => ({ Attributes }) } as unknown as SQSClient;

    expect(await queueDepth(sqs, 'http://127.0.0.1/orders')).toMatchObject({ inFlight: NaN });
  });

  it('does not settle while a message waits or is in flight, and breaks no rule', async () => {
    const { clients, outputs } = planted.stage;
    const QueueUrl = outputs.OrderQueueUrl;
    for (const id of ['ord_1', 'ord_2']) {
      await planted.putOrder({ order_id: id, status: 'pending' });
      const MessageBody = JSON.stringify({ version: 1, order_id: id });
      await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }));
    expect(await closeBooks(sources(), { waitSeconds: 30 })).toMatchObject({
      closed: true,
      settled: false,
      messages: { visible: 1, inFlight: 1 },
      notes: ['2 pending orders were still on their way'],
    });
  });

  it('finds orders in dead letters, however deep their message is wrapped', async () => {
    await planted.putOrder({
      order_id: 'ord_1',
      status: 'pending',
      accepted_at: '2026-01-01T00:00:00.000Z',
    });
    const message = JSON.stringify({ version: 1, order_id: 'ord_1' });
    const event = JSON.stringify({ requestPayload: { Records: [{ Sns: { Message: message } }] } });
    await planted.stage.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: planted.stage.outputs.DirectDeadLetterQueueUrl,
        MessageBody: event,
      }),
    );
    expect(await closeBooks(sources(), {})).toMatchObject({
      closed: true,
      settled: true,
      messages: { deadLettered: 1 },
      notes: ['1 pending order is dead-lettered'],
    });
  });

  it('accounts for the orders of asynchronous events', async () => {
    await planted.putOrder({
      order_id: 'ord_1',
      status: 'pending',
      accepted_at: '2026-01-01T00:00:00.000Z',
    });
    planted.asyncEvents.push(
      JSON.stringify({ Records: [{ Sns: { Message: '{"order_id":"ord_1"}' } }] }),
    );
    expect(await closeBooks(sources(), {})).toMatchObject({
      closed: true,
      settled: false,
      messages: { async: 1 },
    });
  });

  it('does not settle while orders are open that cannot be placed, and waits for them', async () => {
    await planted.putOrder({
      order_id: 'ord_1',
      status: 'pending',
      accepted_at: '2026-01-01T00:00:00.000Z',
    });
    const counts = { visible: 0, inFlight: 0, deadLettered: 1, async: null };
    const own = sources({ messages: async () => ({ counts, orders: undefined }) });
    const start = own.now();
    expect(await closeBooks(own, { waitSeconds: 30 })).toMatchObject({
      closed: true,
      settled: false,
      orders: { pending: 1 },
    });
    expect(own.now() - start).toBe(30_000);
  });

  it('settles when the order ends while it is waited for', async () => {
    await planted.putOrder({ order_id: 'ord_1', status: 'pending' });
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses === 1) await wellOrder('ord_1');
    };
    expect(await closeBooks(sources({ pause }), {})).toMatchObject({
      closed: true,
      settled: true,
      orders: { completed: 1, pending: 0 },
      charges: { count: 1 },
    });
  });

  it('does not name an order that completes between the reading of the two books', async () => {
    const books = bookReader(planted.stage);
    async function* lateOrders() {
      await wellOrder('ord_1');
      yield* books.orders();
    }
    const late = sources({ books: { ...books, orders: lateOrders } });
    expect(await closeBooks(late, {})).toMatchObject({ closed: true, charges: { count: 1 } });
  });

  it('does not wait for a sweeper that comes after the deadline', async () => {
    await planted.putOrder({
      ...toItem(anOrder()),
      accepted_at: new Date(Date.now() - 60_000).toISOString(),
      open_shard: '1',
      sweep_at: new Date(Date.now() + 840_000).toISOString(),
    });
    expect(await closeBooks(sources({ sweepAfterMs: 900_000 }), {})).toMatchObject({
      closed: true,
      settled: false,
      notes: ['1 pending order without a message waits for the sweeper'],
    });
  });
});

it('learns the lease and the sweeper from the stage itself', async () => {
  await wellOrder('ord_1');
  planted.schedules.orderSweeper = false;
  expect(await reconcile(planted.stage)).toMatchObject({ closed: true, settled: true });
});
