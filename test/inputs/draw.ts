import fc from 'fast-check';

/** What is odd about texts: escapes, controls, marks, surrogate pairs, what is taken for an end of line or of a text. */
const ODD = [
  ...'aZ 0"\\/<&\u0000\t\n\u007f\u009b\u200b\u202e\u2028é\u0301ßİ日\ufeff\ufffd😀👩🏽\u{10ffff}',
];
const JSON_VALUES = 500;

/** Draws from one seeded source: the same seed brings the same case again. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1: mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }

  /** `count` different ones, in any order. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    return Array.from({ length: count }, () => left.splice(this.int(0, left.length - 1), 1)).flat();
  }

  /** Well-formed Unicode of `min` to `max` UTF-16 code units. */
  text(min: number, max: number): string {
    const length = this.chance(0.1) ? max : this.int(min, Math.min(max, min + 20));
    const unit = this.pick([() => this.pick(ODD), () => this.#ascii(), () => this.#codePoint()]);
    let text = '';
    while (text.length < length) {
      const next = unit();
      text += text.length + next.length > length ? 'x' : next;
    }
    return text;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(0, 255)));
  }

  #ascii(): string {
    return String.fromCharCode(this.int(0x20, 0x7e));
  }

  #codePoint(): string {
    const point = this.pick([this.int(0, 0xd7ff), this.int(0xe000, 0x10ffff)]);
    return String.fromCodePoint(point);
  }
}

/** So many sources of a seed, one for each case. */
export const draws = (seed: number, count: number): Draw[] =>
  Array.from({ length: count }, (_, index) => new Draw(Math.imul(seed, 0x9e3779b1) + index * 7919));

/** JSON texts of every shape. */
export const jsonValues = (seed: number): string[] =>
  fc.sample(fc.json({ maxDepth: 4 }), { seed, numRuns: JSON_VALUES });
