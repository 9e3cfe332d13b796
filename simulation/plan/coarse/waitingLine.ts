/** Orders that wait for their turn, in their order, as a fluid: what came and what left, added up step by step. */
export class WaitingLine {
  /** Orders that leave after so many steps are given up. */
  readonly #mostSteps: number;
  readonly #came = [0];
  readonly #left = [0];

  constructor(mostSteps: number) {
    this.#mostSteps = mostSteps;
  }

  get length(): number {
    return (this.#came.at(-1) ?? 0) - (this.#left.at(-1) ?? 0);
  }

  /** One step: so many come. */
  come(orders: number): void {
    this.#came.push((this.#came.at(-1) ?? 0) + orders);
    this.#left.push(this.#left.at(-1) ?? 0);
  }

  leave(orders: number): void {
    const last = this.#left.length - 1;
    // All of it, or rounding would leave a trace that never ends.
    this.#left[last] =
      orders >= this.length - 1e-6 ? (this.#came.at(-1) ?? 0) : (this.#left[last] ?? 0) + orders;
  }

  /** Takes away what has waited for too long. */
  giveUp(): number {
    const step = this.#came.length - 1 - this.#mostSteps;
    const tooOld = (this.#came[step] ?? 0) - (this.#left.at(-1) ?? 0);
    if (tooOld <= 0) return 0;
    this.leave(tooOld);
    return tooOld;
  }

  /** Steps that orders waited who were not given up: each shorter wait of so many percent of them. */
  percentiles(percents: number[]): number[] {
    const waits: { steps: number; orders: number }[] = [];
    let leaving = 0;
    for (let step = 1; step < this.#came.length; step += 1) {
      const orders = (this.#came[step] ?? 0) - (this.#came[step - 1] ?? 0);
      const middle = (this.#came[step - 1] ?? 0) + orders / 2;
      while (leaving < this.#left.length && (this.#left[leaving] ?? 0) < middle) leaving += 1;
      if (orders > 0 && leaving - step < this.#mostSteps)
        waits.push({ steps: leaving - step, orders });
    }
    waits.sort((a, b) => a.steps - b.steps);
    const total = waits.reduce((sum, { orders }) => sum + orders, 0);
    return percents.map((percent) => {
      let counted = 0;
      const found = waits.find(({ orders }) => {
        counted += orders;
        return counted >= (total * percent) / 100 - 1e-6;
      });
      return found?.steps ?? 0;
    });
  }
}
