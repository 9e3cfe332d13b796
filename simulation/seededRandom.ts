import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Randomness } from '../local/randomness.ts';

/** Everything that a run draws by lot, from its seed alone. */
export class SeededRandom implements Randomness {
  readonly #seed: string;
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#generator = xoroshiro128plus(
      createHash('sha256').update(this.#seed).digest().readInt32LE(),
    );
  }

  /** A source of its own for one purpose, so that what one part draws changes nothing for another. */
  fork(purpose: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${purpose}`);
  }

  fraction(): number {
    return uniformFloat64(this.#generator);
  }

  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.fraction() < share;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0];
  }

  /** Of a distribution without memory: between two arrivals at a mean rate, for one. */
  exponential(mean: number): number {
    return -Math.log(1 - this.fraction()) * mean;
  }

  bytes(size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size + 3);
    for (let at = 0; at < size; at += 4) bytes.writeInt32LE(this.#generator.next(), at);
    return bytes.subarray(0, size);
  }

  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
