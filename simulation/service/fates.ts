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
const KINDS = Object.keys(FATES) as (keyof FateOf)[];
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
  /** The hash of what all lots begin with. */
  readonly #root: number;
  /** What can come about at all. */
  readonly #rated: Partial<Record<keyof FateOf, [fate: Fate, rate: number][]>> = {};
  readonly #times = new Map<string, number>();
  /** Names of the faults that came about. */
  readonly fired: string[] = [];

  constructor(options: FatesOptions) {
    this.#options = options;
    this.#isCalm = options.only === undefined && Object.keys(options.rates).length === 0;
    this.#root = hashedOn(FNV_BASIS, `${options.seed} `);
    for (const kind of KINDS) {
      const rated = FATES[kind].map((fate): [Fate, number] => [
        fate,
        options.rates[`${kind}.${fate}`] ?? 0,
      ]);
      if (rated.some(([, rate]) => rate > 0)) this.#rated[kind] = rated;
    }
  }

  /** No fault can come about any more, or none ever could. */
  get areOver(): boolean {
    return this.#isCalm || this.#options.clock.now() >= this.#options.endsAtMs;
  }

  of<Kind extends keyof FateOf>(kind: Kind, occasion: string): FateOf[Kind][number] | undefined {
    return this.areOver ? undefined : this.#fateOf(kind, occasion, this.#again(occasion));
  }

  /** What becomes of a call, and a lot from 0 up to 1 for how long that takes. */
  ofCall(kind: 'call' | 'payment', occasion: string) {
    const times = this.#again(occasion);
    return {
      fate: this.#fateOf(kind, occasion, times),
      lot: spread(hashedOn(hashedOn(hashedOn(this.#root, 'time of '), occasion), times)),
    };
  }

  /** From 0 up to 1, the same for the same occasion. */
  fraction(occasion: string): number {
    return spread(hashedOn(hashedOn(this.#root, occasion), this.#again(occasion)));
  }

  #fateOf<Kind extends keyof FateOf>(
    kind: Kind,
    occasion: string,
    times: string,
  ): FateOf[Kind][number] | undefined {
    const fate = this.#drawn(kind, occasion, times);
    if (fate === undefined) return undefined;
    const { chronicle } = this.#options;
    this.fired.push(`${kind} ${occasion}${times} ${fate}`);
    const told = kind === 'message' && fate === 'late' ? 'comes late' : TOLD[fate];
    chronicle.step('fault', `${occasion}${times} ${told}`);
    return fate;
  }

  #drawn<Kind extends keyof FateOf>(
    kind: Kind,
    occasion: string,
    times: string,
  ): FateOf[Kind][number] | undefined {
    const { only } = this.#options;
    if (only) return FATES[kind].find((fate) => only.has(`${kind} ${occasion}${times} ${fate}`));
    const rated = this.#rated[kind];
    if (rated === undefined) return undefined;
    let left = spread(hashedOn(hashedOn(hashedOn(this.#root, `${kind} `), occasion), times));
    const drawn = rated.find(([, rate]) => {
      left -= rate;
      return left < 0;
    });
    return drawn?.[0];
  }

  /** Tells an occasion from those of the same name before it. */
  #again(occasion: string): string {
    const times = (this.#times.get(occasion) ?? 0) + 1;
    this.#times.set(occasion, times);
    return times === 1 ? '' : ` (${times})`;
  }
}

const FNV_BASIS = 0x811c9dc5;

/** FNV-1a */
function hashedOn(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** The finish of MurmurHash3, as a number from 0 up to 1. */
function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
