/** More lines in a second than a person reads. */
const MOST_LINES = 25;
const SECOND_MS = 1000;

/**
 * Lets log lines through to a terminal while there are few. Once a second has more, each second is one line that counts
 * them, until there are few again.
 */
export class LineFlow {
  /** All lines, however many. */
  isWhole = false;
  readonly #say: (text: string) => void;
  #lines = 0;
  #isFlood = false;
  #held = new Map<string, number>();
  #bad = 0;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Until the process ends. */
  start(): this {
    setInterval(() => this.tick(), SECOND_MS).unref();
    return this;
  }

  take(functionKey: string, text: string, isBad: boolean): void {
    this.#lines += 1;
    if (this.isWhole || (!this.#isFlood && this.#lines <= MOST_LINES)) {
      this.#say(text);
    } else {
      this.#held.set(functionKey, (this.#held.get(functionKey) ?? 0) + 1);
      if (isBad) this.#bad += 1;
    }
  }

  /** A second is over. */
  tick(): void {
    this.#isFlood = this.#lines > MOST_LINES;
    this.#lines = 0;
    if (this.#held.size === 0) return;
    const counts = [...this.#held].map(([key, count]) => `${key} ${count}`).join(', ');
    const bad = this.#bad === 0 ? '' : `; ${this.#bad} of them warnings or errors`;
    this.#say(`Lines in a second: ${counts}${bad} (l shows all, the console keeps them)`);
    this.#held = new Map();
    this.#bad = 0;
  }
}
