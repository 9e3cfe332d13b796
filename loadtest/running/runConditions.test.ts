import { afterEach, describe, expect, it } from '@jest/globals';
import { describeRun } from './runConditions.ts';
import { readOptions } from './saleOptions.ts';

const SET = { LOG_SAMPLE_RATE: '0.5', TRACING: 'on', ORDER_ID_SALT: 'sixteen characters' };
const tools = { folder: '', command: (name: string) => name, version: () => '2.0' };

afterEach(() => {
  for (const name of Object.keys(SET)) delete process.env[name];
});

describe('the conditions of a run', () => {
  it.each([
    ['own', { LOG_SAMPLE_RATE: '0.5', TRACING: 'on', ORDER_ID_SALT: 'a secret' }],
    ['local', {}],
  ] as const)('name every parameter that the run has set: kind %s', (kind, expected) => {
    Object.assign(process.env, SET);

    const { parameters } = describeRun(
      readOptions([]),
      [],
      { kind, url: 'http://127.0.0.1:8080', stage: null },
      tools,
    );

    expect(parameters).toEqual(expected);
  });
});
