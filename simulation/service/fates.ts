import type { VirtualClock } from '../virtualClock.ts';
import type { Chronicle } from './chronicle.ts';

/**
 * What may become of a call: failed undone, turned away for load, done without an answer, failed and done later, slow;
 * of a message: lost, doubled, late; and of an environment: ended in the midst of it, or its answer is garbled.
 */
export const FATES = {
  call: ['undone', 'refused', 'unanswered', 'late', 'slow'],
  payment: ['undone', 'unanswered', 'never', 'slow'],
  message: ['lost', 'doubled', 'late'],
  invocation: ['killed'],
  answer: ['garbled'],
} as const;
type FateOf = typeof FATES;
type Fate = FateOf[keyof FateOf][number];

const TOLD: Record<Fate, string> = {
  undone: 'fails undone',
  refused: 'is turned away for load',
  unanswered: 'is done, and gives no answer',
  late: 'fails for now, and is done later',
  slow: 'is slow',
  never: 'is done, and never answers',
  lost: 'is lost',
  doubled: 'is delivered twice',
  killed: 'is ended in the midst of it',
  garbled: 'answers for no message that it was given',
};

/** `call.undone`: a share of 0 to 1. */
export type Rates = Partial<Record<string, number>>;

interface FatesOptions {
  seed: number;
  rates: Rates;
  clock: VirtualClock;
  chronicle: Chronicle;
  /** No fault after it. */
  endsAtMs: number;
  /** These and no others: of a history that is being shrunk. */
  only?: ReadonlySet<string> | undefined;
}

/**
 * Decides by lot, but the lot of each occasion is its own: drawn from the seed and its name, whatever else is drawn. So
 * nothing that is left out of a history changes the fate of what is left.
 */
export class Fates {
  readonly #options: FatesOptions;
  readonly #isCalm: boolean;
  readonly #times = new Map<string, number>();
  /** Names of the faults that came about. */
  readonly fired: string[] = [];

  constructor(options: FatesOptions) {
    this.#options = options;
    this.#isCalm = options.only === undefined && Object.keys(options.rates).length === 0;
  }

  /** No fault can come about any more, or none ever could. */
  get areOver(): boolean {
    return this.#isCalm || this.#options.clock.now() >= this.#options.endsAtMs;
  }

  of<Kind extends keyof FateOf>(kind: Kind, occasion: string): FateOf[Kind][number] | undefined {
    if (this.areOver) return undefined;
    const name = this.#counted(`${kind} ${occasion}`);
    const fate = this.#drawn(kind, name);
    if (fate === undefined) return undefined;
    this.fired.push(`${name} ${fate}`);
    const told = kind === 'message' && fate === 'late' ? 'comes late' : TOLD[fate];
    this.#options.chronicle.step('fault', `${name.slice(kind.length + 1)} ${told}`);
    return fate;
  }

  /** From 0 up to 1, the same for the same occasion. */
  fraction(occasion: string): number {
    return hashed(`${this.#options.seed} ${this.#counted(occasion)}`);
  }

  #drawn<Kind extends keyof FateOf>(kind: Kind, name: string): FateOf[Kind][number] | undefined {
    const { only, rates, seed } = this.#options;
    if (only) return FATES[kind].find((fate) => only.has(`${name} ${fate}`));
    let left = hashed(`${seed} ${name}`);
    return FATES[kind].find((fate) => {
      left -= rates[`${kind}.${fate}`] ?? 0;
      return left < 0;
    });
  }

  #counted(occasion: string): string {
    const times = (this.#times.get(occasion) ?? 0) + 1;
    this.#times.set(occasion, times);
    return times === 1 ? occasion : `${occasion} (${times})`;
  }
}

/** FNV-1a with the finish of MurmurHash3. */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
