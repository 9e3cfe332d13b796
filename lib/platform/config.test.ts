import { describe, expect, it } from '@jest/globals';
import { orderAsyncRules, orderSyncRules, processorRules, readConfig } from './config.ts';

const processor = {
  ORDERS_TABLE: 'orders',
  CHARGES_TABLE: 'charges',
  PAYMENT_SECONDS: '0.1',
  PAYMENT_TIMEOUT_MS: '2100',
};

describe('the configuration of a function', () => {
  it('is read with its types, and an empty variable counts as not set', () => {
    expect(
      readConfig(processorRules(), { ...processor, PAYMENT_FAULTS: '', PATH: '/bin' }),
    ).toEqual({
      ORDERS_TABLE: 'orders',
      CHARGES_TABLE: 'charges',
      PAYMENT_SECONDS: 0.1,
      PAYMENT_TIMEOUT_MS: 2100,
    });
  });

  it('names every variable at fault at once, and keeps the salt to itself', () => {
    const environment = {
      ...processor,
      ORDERS_TABLE: '',
      PAYMENT_SECONDS: '21',
      ORDER_ID_SALT: 'short',
    };

    expect(() => readConfig(orderSyncRules(), environment)).toThrow(
      /ORDERS_TABLE is not set; PAYMENT_SECONDS: .*20.*, got "21"; ORDER_ID_SALT: .*, got a secret; SYNC_LEASE_SECONDS is not set/,
    );
    expect(() => readConfig(orderSyncRules(), environment)).not.toThrow(/short/);
  });

  it('starts intake without topic and queue', () => {
    const config = readConfig(orderAsyncRules(), {
      ...processor,
      ORDER_ID_SALT: 'a salt of sixteen characters',
      ASYNC_WAY: 'direct',
      SWEEP_AFTER_SECONDS: '900',
      PAYMENTS_AT_ONCE: '220',
      PAYMENTS_PER_WORKER: '10',
      SQS_QUEUE_URL: '',
    });

    expect([config.SNS_TOPIC_ARN, config.SQS_QUEUE_URL]).toEqual([undefined, undefined]);
  });

  it('reads payment faults, and says what is wrong with them', () => {
    const read = (PAYMENT_FAULTS: string) =>
      readConfig(processorRules(), { ...processor, PAYMENT_FAULTS }).PAYMENT_FAULTS;

    expect(read('{"decline":0.1,"seed":7}')).toMatchObject({ decline: 0.1, before: 0, seed: 7 });
    expect(() => read('{"declines":0.1}')).toThrow(/PAYMENT_FAULTS: .*declines/);
    expect(() => read('nope')).toThrow('PAYMENT_FAULTS: not JSON, got "nope"');
  });
});
