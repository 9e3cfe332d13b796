import { describe, expect, it } from '@jest/globals';
import { patchedText } from './patch.ts';

const SOURCE = `/** A pace – in “ms”. */
export class Pace {
  #left = 3;
  readonly texts = { 429: 'Too many', 503: "None", room: 1 };
  take(now: number): boolean {
    if (now < this.#left) return false;
    return this.send(
      now,
      'whole',
    );
  }
}
`;
const patch = (find: string, replace: string) =>
  patchedText(SOURCE, { file: 'pace.ts', find, replace });

describe('A change of the sources', () => {
  it.each([
    ['statement', 'if (now < this.#left) return false;', '', 'if (now < this.#left) return false;'],
    [
      'expression over several lines',
      "this.send(now, 'whole')",
      'true',
      "this.send(\n      now,\n      'whole',\n    )",
    ],
    ['property, however its text is quoted', "503: 'None'", '503: null', '503: "None"'],
    ['property with a name', 'room: 1', 'room: 2', 'room: 1'],
  ])('is made to one %s', (_kind, find, replace, text) => {
    expect(patch(find, replace)).toBe(SOURCE.replace(text, () => replace));
  });

  it.each([
    ['is not there', 'if (now > this.#left) return false;', 'has 0 places'],
    ['is there twice', 'now', 'places that say'],
  ])('is refused where what it changes %s', (_why, find, message) => {
    expect(() => patch(find, '')).toThrow(message);
  });
});
