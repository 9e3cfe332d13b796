export interface Timer {
  readonly dueAt: number;
  readonly sequence: number;
  /** Undefined once it has fired or was cleared. */
  callback: (() => void) | undefined;
  /** Nothing has to come to rest after it. */
  readonly isPlain?: boolean;
}

/** Timers, the next one first: by their time, and of one time in the order they were set. */
export class TimerHeap {
  readonly #timers: Timer[] = [];

  get first(): Timer | undefined {
    return this.#timers[0];
  }

  push(timer: Timer): void {
    const timers = this.#timers;
    let place = timers.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = timers[parent] as Timer;
      if (isBefore(above, timer)) break;
      timers[place] = above;
      place = parent;
    }
    timers[place] = timer;
  }

  pop(): Timer | undefined {
    const first = this.#timers[0];
    const last = this.#timers.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  /** Puts a timer at the top, and lets it fall to its place. */
  #sink(timer: Timer): void {
    const timers = this.#timers;
    let place = 0;
    for (let child = 1; child < timers.length; child = 2 * place + 1) {
      const right = timers[child + 1];
      if (right !== undefined && isBefore(right, timers[child] as Timer)) child += 1;
      const below = timers[child] as Timer;
      if (isBefore(timer, below)) break;
      timers[place] = below;
      place = child;
    }
    timers[place] = timer;
  }
}

const isBefore = (one: Timer, other: Timer): boolean =>
  one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.sequence < other.sequence);
