import { describe, expect, it } from '@jest/globals';
import { isObject, parseJson } from './json.ts';

describe('isObject', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [null, false],
    [undefined, false],
    [[1], false],
    ['text', false],
    [7, false],
  ])('of %j is %s', (value, expected) => {
    expect(isObject(value)).toBe(expected);
  });
});

describe('parseJson', () => {
  it('gives the value of a JSON text', () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(parseJson('null')).toBeNull();
  });

  it.each(['', '{', 'undefined', "{'a':1}"])(
    'gives undefined for %j, which is not JSON',
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );
});
