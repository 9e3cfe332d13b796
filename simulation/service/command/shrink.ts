import type { Buyer, History, StageEvent } from '../history.ts';
import type { Life } from '../liveThrough.ts';

export interface Shrunk {
  history: History;
  life: Life;
  /** Histories that were lived through on the way. */
  tried: number;
}

const MOST_TRIES = 1_500;

type Part =
  | { kind: 'buyer'; part: Buyer }
  | { kind: 'event'; part: StageEvent }
  | { kind: 'fault'; part: string };

/** What a buyer can do without. */
const SIMPLER: ((buyer: Buyer) => Buyer)[] = [
  ({ cancelsMs: _, ...buyer }) => buyer,
  ({ againMs: _, ...buyer }) => buyer,
  (buyer) => ({ ...buyer, polls: 0 }),
  (buyer) => ({ ...buyer, repeats: 0 }),
  (buyer) => ({ ...buyer, repeats: Math.min(buyer.repeats, 1) }),
];

/** The rule that is broken, whichever order breaks it. */
export const ruleOf = (violation: string): string => violation.replaceAll(/\d+/g, 'N');

/** Leaves out of a failing history whatever it fails without. */
export class Shrinker {
  readonly #live: (history: History) => Promise<Life>;
  #best: { history: History; life: Life };
  readonly #rule: string;
  #tried = 0;

  constructor(history: History, life: Life, live: (history: History) => Promise<Life>) {
    this.#live = live;
    this.#best = { history: { ...history, only: life.faults }, life };
    this.#rule = ruleOf(life.violations[0] ?? '');
  }

  async shrink(): Promise<Shrunk> {
    for (let before = -1; before !== this.#size && this.#tried < MOST_TRIES; ) {
      before = this.#size;
      await this.#leaveOut();
      await this.#simplify();
    }
    return { ...this.#best, tried: this.#tried };
  }

  get #size(): number {
    const { history, life } = this.#best;
    return partsOf(history).length * 1000 + life.steps.length;
  }

  /** Halves first, then ever smaller parts. */
  async #leaveOut(): Promise<void> {
    let parts = partsOf(this.#best.history);
    for (let size = Math.ceil(parts.length / 2); size >= 1; size = size > 1 ? size >> 1 : 0)
      for (let start = 0; start < parts.length; ) {
        const left = [...parts.slice(0, start), ...parts.slice(start + size)];
        if (await this.#try(historyOf(this.#best.history, left))) parts = left;
        else start += size;
      }
  }

  async #simplify(): Promise<void> {
    for (const { number } of this.#best.history.buyers)
      for (const simpler of SIMPLER) {
        const { history } = this.#best;
        const buyers = history.buyers.map((buyer) =>
          buyer.number === number ? simpler(buyer) : buyer,
        );
        if (JSON.stringify(buyers) !== JSON.stringify(history.buyers))
          await this.#try({ ...history, buyers });
      }
  }

  async #try(history: History): Promise<boolean> {
    if (this.#tried >= MOST_TRIES) return false;
    this.#tried += 1;
    const life = await this.#live(history);
    const isSame = life.violations.some((violation) => ruleOf(violation) === this.#rule);
    if (isSame) this.#best = { history, life };
    return isSame;
  }
}

const partsOf = ({ buyers, events, only = [] }: History): Part[] => [
  ...buyers.map((part): Part => ({ kind: 'buyer', part })),
  ...events.map((part): Part => ({ kind: 'event', part })),
  ...only.map((part): Part => ({ kind: 'fault', part })),
];

function historyOf(history: History, parts: Part[]): History {
  return {
    ...history,
    buyers: parts.filter((one) => one.kind === 'buyer').map(({ part }) => part),
    events: parts.filter((one) => one.kind === 'event').map(({ part }) => part),
    only: parts.filter((one) => one.kind === 'fault').map(({ part }) => part),
  };
}
