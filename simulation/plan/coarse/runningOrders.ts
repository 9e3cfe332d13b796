/** Executions that run for a known number of steps, and the orders that they pay. */
export class RunningOrders {
  executions = 0;
  orders = 0;
  readonly #ends = new Map<number, { executions: number; orders: number }>();

  begin(executions: number, orders: number, endStep: number): void {
    const there = this.#ends.get(endStep) ?? { executions: 0, orders: 0 };
    this.#ends.set(endStep, {
      executions: there.executions + executions,
      orders: there.orders + orders,
    });
    this.executions += executions;
    this.orders += orders;
  }

  /** How many orders end at this step. */
  end(step: number): number {
    const ended = this.#ends.get(step);
    if (ended === undefined) return 0;
    this.#ends.delete(step);
    this.executions = this.#ends.size === 0 ? 0 : this.executions - ended.executions;
    this.orders = this.#ends.size === 0 ? 0 : this.orders - ended.orders;
    return ended.orders;
  }
}
