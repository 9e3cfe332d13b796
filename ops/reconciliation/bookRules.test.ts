import { describe, expect, it } from '@jest/globals';
import {
  type Amount,
  type BookedCharge,
  type BookedOrder,
  judge,
  type Moment,
  RULES,
} from './bookRules.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS;
const ID = 'ord_1';

const order = (overrides: Partial<BookedOrder> = {}): BookedOrder => ({
  orderId: ID,
  status: 'completed',
  way: 'queued',
  total: 1998n,
  revision: 1,
  acceptedAtMs: NOW_MS - HOUR_MS,
  ...overrides,
});

const charge = (overrides: Partial<BookedCharge> = {}): BookedCharge => ({
  chargeId: `${ID}#1`,
  orderId: ID,
  namesOrder: true,
  amount: 1998n,
  outcome: 'charged',
  resolvesAtMs: NOW_MS - HOUR_MS,
  ...overrides,
});

interface WorldOverrides {
  moving?: string[];
  deadLettered?: string[];
  sweepAfterMs?: number | undefined;
  isListed?: boolean;
  visible?: number;
}

function world({
  moving = [],
  deadLettered = [],
  isListed = true,
  visible = 0,
  ...times
}: WorldOverrides = {}): Moment {
  const orders = { moving: new Set(moving), deadLettered: new Set(deadLettered) };
  return {
    nowMs: NOW_MS,
    leaseMs: 15_000,
    sweepAfterMs: 'sweepAfterMs' in times ? times.sweepAfterMs : 900_000,
    messages: {
      counts: { visible, inFlight: 0, deadLettered: 0, async: isListed ? 0 : null },
      orders: isListed ? orders : undefined,
    },
  };
}

const details = (...args: Parameters<typeof judge>) =>
  judge(...args).violations.map(({ rule, detail }) => `${rule[0]}: ${detail}`);

describe('an order that has ended', () => {
  it('is well when a completed one was charged once, its amount', () => {
    expect(judge(ID, order(), [charge()], world())).toEqual({
      fate: 'ended',
      violations: [],
      isSuspect: false,
    });
  });

  it('is well when a voided first revision stands beside the charge of the second', () => {
    const charges = [charge({ outcome: 'void', amount: 0n }), charge({ chargeId: `${ID}#2` })];
    expect(details(ID, order({ revision: 2 }), charges, world())).toEqual([]);
  });

  it.each(['declined', 'cancelled'])('is well when a %s one took no money', (status) => {
    const lines = [charge({ outcome: 'declined' }), charge({ outcome: 'void', amount: 0n })];
    expect(details(ID, order({ status }), lines, world())).toEqual([]);
  });

  it('breaks rule b when completed without a charge', () => {
    const [violation] = judge(ID, order(), [charge({ outcome: 'declined' })], world()).violations;
    expect(violation).toEqual({
      rule: RULES.charged,
      orderId: ID,
      detail: 'it is completed, and nothing was charged',
    });
  });

  it('breaks rule b when charged twice, over all revisions', () => {
    const charges = [charge(), charge({ chargeId: `${ID}#2` })];
    expect(details(ID, order(), charges, world())).toEqual([
      `b: it was charged 2 times: ${ID}#1, ${ID}#2`,
    ]);
  });

  it('breaks rule b when another amount was charged, or none', () => {
    const detailsOf = (amount: Amount) => details(ID, order(), [charge({ amount })], world());
    const total = 'its total is 1998 cents';
    expect(detailsOf(1997n)).toEqual([`b: 1997 cents were charged (${ID}#1), ${total}`]);
    expect(detailsOf('')).toEqual([`b: no amount was charged (${ID}#1), ${total}`]);
  });

  it('breaks rule b when neither it nor its charge has an amount', () => {
    const charges = [charge({ amount: '' })];
    expect(details(ID, order({ total: '' }), charges, world())).toHaveLength(1);
  });

  it.each(['declined', 'cancelled'])('breaks rule b when a %s one was charged', (status) => {
    expect(details(ID, order({ status }), [charge()], world())).toEqual([
      `b: it is ${status}, and was charged: ${ID}#1`,
    ]);
  });

  it('breaks rule b when there is a charge and no order', () => {
    expect(details(ID, undefined, [charge()], world())).toEqual([
      `b: 1998 cents were charged (${ID}#1), and there is no record of the order`,
    ]);
  });
});

describe('an order in no state that there is', () => {
  it.each([
    ['', 'it has no status'],
    ['paid', 'its status is "paid"'],
    ['toString', 'its status is "toString"'],
  ])('breaks rule c: %j', (status, fault) => {
    expect(details(ID, order({ status }), [], world())).toEqual([
      `c: ${fault}: it must be one of completed, declined, cancelled, pending`,
    ]);
  });

  it('breaks rule b as well when it was charged', () => {
    expect(details(ID, order({ status: '' }), [charge()], world())).toEqual([
      `b: it is in no state, and was charged: ${ID}#1`,
      'c: it has no status: it must be one of completed, declined, cancelled, pending',
    ]);
  });
});

describe('what a moment between two writes looks like', () => {
  const pending = order({ status: 'pending', sweepAtMs: NOW_MS - HOUR_MS / 2 });
  const isSuspect = (...args: Parameters<typeof judge>) => judge(...args).isSuspect;

  it('is an order that seems lost, or charged and not completed, or charged and not there', () => {
    expect(isSuspect(ID, pending, [], world())).toBe(true);
    expect(isSuspect(ID, pending, [charge()], world({ deadLettered: [ID] }))).toBe(true);
    expect(isSuspect(ID, order({ status: 'cancelled' }), [charge()], world())).toBe(true);
    expect(isSuspect(ID, undefined, [charge()], world())).toBe(true);
  });

  it('is not a completed order: its charge and the amount were there before', () => {
    expect(isSuspect(ID, order(), [], world())).toBe(false);
    expect(isSuspect(ID, order(), [charge({ amount: 1n })], world())).toBe(false);
    expect(isSuspect(ID, order(), [charge(), charge({ chargeId: 'other' })], world())).toBe(false);
  });
});

describe('a pending order', () => {
  const pending = order({ status: 'pending', sweepAtMs: NOW_MS - HOUR_MS / 2 });
  const fate = (of: BookedOrder, charges: BookedCharge[], around: Moment) =>
    judge(of.orderId, of, charges, around).fate;

  it('is accounted for while its message waits, is in flight or is an asynchronous event', () => {
    expect(judge(ID, pending, [], world({ moving: [ID], sweepAfterMs: undefined }))).toEqual({
      fate: 'moving',
      violations: [],
      isSuspect: false,
    });
  });

  it('is accounted for by a dead letter', () => {
    expect(judge(ID, pending, [], world({ deadLettered: [ID] }))).toMatchObject({
      fate: 'deadLettered',
      violations: [],
    });
  });

  it('is moving within its lease, and while its charge is in progress', () => {
    const off = world({ sweepAfterMs: undefined });
    expect(fate({ ...pending, acceptedAtMs: NOW_MS - 14_000 }, [], off)).toBe('moving');
    expect(fate({ ...pending, leaseUntilMs: NOW_MS + 1 }, [], off)).toBe('moving');
    expect(fate(pending, [charge({ resolvesAtMs: NOW_MS + 1 })], off)).toBe('moving');
  });

  it('awaits the sweeper while it is younger than the age the sweeper looks at', () => {
    const young = {
      ...pending,
      acceptedAtMs: NOW_MS - 600_000,
      sweepAtMs: NOW_MS - 600_000 + 900_000,
    };
    expect(judge(ID, young, [charge({ resolvesAtMs: NOW_MS - 500_000 })], world())).toEqual({
      fate: 'awaitsSweeper',
      violations: [],
      isSuspect: false,
      sweptByMs: young.acceptedAtMs + 900_000 + 200_000,
    });
  });

  it('awaits the sweeper, however long it is due, while the provider is down', () => {
    const putAway = { ...pending, sweepAtMs: NOW_MS - HOUR_MS };
    expect(fate(putAway, [], world())).toBe('lost');
    expect(fate(putAway, [], { ...world(), isProviderDown: true })).toBe('awaitsSweeper');
  });

  it('awaits the sweeper once the provider is up again, and then its turn behind the others', () => {
    const putAway = { ...pending, sweepAtMs: NOW_MS - HOUR_MS };
    const upFor = (seconds: number, dueOrders: number): Moment => ({
      ...world(),
      ...{ providerUpSinceMs: NOW_MS - seconds * 1000, dueOrders },
    });
    expect(fate(putAway, [], upFor(199, 1))).toBe('awaitsSweeper');
    expect(fate(putAway, [], upFor(300, 3_000))).toBe('moving');
    expect(fate(putAway, [], upFor(300, 1_000))).toBe('lost');
  });

  it('is not waited for because of a time that lies ahead of every clock', () => {
    const ahead = NOW_MS + 24 * HOUR_MS;
    expect(fate({ ...pending, acceptedAtMs: ahead }, [], world())).toBe('lost');
    expect(fate({ ...pending, leaseUntilMs: ahead }, [], world())).toBe('lost');
    expect(fate(pending, [charge({ resolvesAtMs: ahead })], world())).toBe('lost');
  });

  it('breaks rule c when its message is gone and no sweeper runs', () => {
    const young = { ...pending, acceptedAtMs: NOW_MS - 600_000 };
    expect(details(ID, young, [], world({ sweepAfterMs: undefined }))).toEqual([
      'c: it is pending, nothing is left that would process it, and no sweeper runs',
    ]);
  });

  it('breaks rule c when its message is gone and the sweeper should have seen it', () => {
    expect(details(ID, pending, [], world())).toEqual([
      'c: it is pending, nothing is left that would process it, and the sweeper should have seen it',
    ]);
  });

  it('breaks rule b as well when it was charged and nothing will complete it', () => {
    expect(details(ID, pending, [charge()], world())).toEqual([
      `b: it stays pending, and was charged: ${ID}#1`,
      'c: it is pending, nothing is left that would process it, and the sweeper should have seen it',
    ]);
    expect(details(ID, pending, [charge()], world({ deadLettered: [ID] }))).toEqual([
      `b: it stays pending, and was charged: ${ID}#1`,
    ]);
  });

  it('breaks rule b even on its way when it was charged twice', () => {
    const charges = [charge(), charge({ chargeId: 'other' })];
    expect(details(ID, pending, charges, world({ moving: [ID] }))).toEqual([
      `b: it was charged 2 times: ${ID}#1, other`,
    ]);
  });
});

describe('a pending order where messages can only be counted', () => {
  const pending = order({ status: 'pending', sweepAtMs: NOW_MS - HOUR_MS / 2 });

  it('is lost only when the stage is drained', () => {
    expect(judge(ID, pending, [], world({ isListed: false })).fate).toBe('lost');
    expect(judge(ID, pending, [], world({ isListed: false, visible: 1 })).fate).toBe('unknown');
  });

  it('of the direct way is lost only after the age at which Lambda gives an event up', () => {
    const direct = { ...pending, way: 'direct' };
    expect(judge(ID, direct, [], world({ isListed: false })).fate).toBe('unknown');
    const old = { ...direct, acceptedAtMs: NOW_MS - 7 * HOUR_MS };
    expect(judge(ID, old, [], world({ isListed: false })).fate).toBe('lost');
  });
});
