import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Breaker } from '../domain/breaker.ts';
import { FakeClock } from '../testing/fakeClock.ts';
import { EventLog } from '../testing/memory.ts';
import { startDynalite } from '../testing/startDynalite.ts';
import { dynamoBreakerStore } from './dynamoBreakerStore.ts';
import { type DynamoClient, dynamoClient } from './dynamoClient.ts';

const UP = { lookup: async () => ({ state: 'absent' as const }) };

describe('the breaker in DynamoDB', () => {
  let client: DynamoClient;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const { access, close } = await startDynalite();
    client = dynamoClient(access);
    stop = async () => {
      client.destroy();
      await close();
    };
  });
  afterAll(() => stop());

  it('is opened once by failures of many environments at the same time, and closed once', async () => {
    const clock = new FakeClock();
    const log = new EventLog();
    const store = dynamoBreakerStore(client, 'operations');
    const environment = () => new Breaker({ store, clock, report: log.report });
    const environments = Array.from({ length: 10 }, environment);

    expect(await environment().isOpen()).toBe(false);
    await Promise.all(environments.map((breaker) => breaker.failed()));
    expect(await environment().isOpen()).toBe(true);
    expect((await store.read()).failures).toBe(10);

    clock.advance(60_000);
    await Promise.all(environments.map((breaker) => breaker.probe(UP)));
    expect(await environment().isOpen()).toBe(false);
    expect([log.count('breakerOpened'), log.count('breakerClosed')]).toEqual([1, 1]);
  });

  it('forgets failures that an answer follows', async () => {
    const store = dynamoBreakerStore(client, 'operations');
    const breaker = new Breaker({ store, clock: new FakeClock(), report: () => {} });
    await breaker.failed();
    await breaker.answered();
    expect((await store.read()).failures).toBeUndefined();
  });
});
