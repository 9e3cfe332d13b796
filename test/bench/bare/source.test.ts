import { describe, expect, it } from '@jest/globals';
import { bareSource } from './source.ts';

describe('A bare handler', () => {
  it('imports only what it calls', () => {
    expect(bareSource(['GetItem'])).toContain('import { DynamoDBClient, GetItemCommand } from');
  });

  it('makes its calls one after another, and equal ones together', () => {
    const calls = bareSource(['GetItem', 'Query', 'Query', 'GetItem']).match(/await .*/g);
    expect(calls?.map((line) => line.match(/(?:GetItem|Query)(?=Command)/g))).toEqual([
      ['GetItem'],
      ['Query', 'Query'],
      ['GetItem'],
    ]);
  });

  it('is refused for a call that nobody has written', () => {
    expect(() => bareSource(['GetItem', 'Scan'])).toThrow('no bare handler makes the call Scan');
  });
});
