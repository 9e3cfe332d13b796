import { createHash } from 'node:crypto';

/** What can be done to one call: on the wire, or at a point of the code. */
export type Action =
  /** On the wire: refused, refused for load, never answered; or done, and then answered with an error. */
  | 'error'
  | 'throttle'
  | 'silence'
  | 'doneButError'
  /** At a point: an exception, the end of the environment, no way on, the end of the whole process. */
  | 'throw'
  | 'exit'
  | 'hang'
  | 'kill';

export interface FaultRule {
  /** The line of the table that it counts for. */
  kind: string;
  on: 'dynamodb' | 'sns' | 'sqs' | 'point';
  /** Which calls: `PutItem flash-sale-local-charges`, `Publish`, `mid-payment queued`. */
  call: RegExp;
  action: Action;
  /** Of all such calls, from 0 to 1. */
  share: number;
  /** Only the first such call of each order. */
  isOnce?: boolean;
  /** At most so often since it was injected. */
  most?: number;
}

/** A number from 0 to 1 that looks random and is the same for the same words. */
export function draw(seed: number, ...words: (string | number)[]): number {
  const digest = createHash('sha1')
    .update(JSON.stringify([seed, ...words]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * Decides which calls fail, and counts. A decision depends on the seed, the call, the order and how often that order
 * has made the call, not on what else happens at the time: the same seed makes the same calls fail.
 */
export class FaultPlan {
  readonly fired = new Map<string, number>();
  readonly #seed: number;
  readonly #asked = new Map<string, number>();
  #firedBefore = new Map<string, number>();
  #rules: FaultRule[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  inject(rules: FaultRule[]): void {
    this.#rules = rules;
    for (const { kind } of rules) this.fired.set(kind, this.firedOf(kind));
    this.#firedBefore = new Map(this.fired);
  }

  count(kind: string): void {
    this.fired.set(kind, this.firedOf(kind) + 1);
  }

  firedOf(kind: string): number {
    return this.fired.get(kind) ?? 0;
  }

  /** Whether each rule that was injected has struck so often. */
  hasStruck(times: number): boolean {
    return this.#rules.every((rule) => this.#firedSinceInjected(rule) >= (rule.most ?? times));
  }

  decide(on: FaultRule['on'], call: string, orderId: string): Action | undefined {
    const rule = this.#rules.find((candidate) => this.#strikes(candidate, on, call, orderId));
    if (rule !== undefined) this.count(rule.kind);
    return rule?.action;
  }

  #strikes(rule: FaultRule, on: FaultRule['on'], call: string, orderId: string): boolean {
    if (rule.on !== on || !rule.call.test(call)) return false;
    const name = [rule.kind, call, orderId].join('|');
    const asked = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, asked);
    if (rule.isOnce === true && asked > 1) return false;
    if (this.#firedSinceInjected(rule) >= (rule.most ?? Number.POSITIVE_INFINITY)) return false;
    return draw(this.#seed, name, asked) < rule.share;
  }

  #firedSinceInjected({ kind }: FaultRule): number {
    return this.firedOf(kind) - (this.#firedBefore.get(kind) ?? 0);
  }
}
