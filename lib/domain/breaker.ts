import { toIso } from './order.ts';
import type { BreakerRow, BreakerStore, Clock, PaymentProvider, Report } from './ports.ts';

/** Failures within this time, with no answer between them, open the breaker. */
const FAILURES = 3;
const WITHIN_MS = 10_000;
/** An execution environment may be behind the others by so much. */
const REMEMBER_MS = 100;

export interface BreakerDeps {
  store: BreakerStore;
  clock: Clock;
  report: Report;
}

/**
 * What stands between the service and a payment provider that is down, one for all execution environments. It opens when
 * the provider can be asked nothing: a charge that fails while its state can be looked up is that order's own fault.
 */
export class Breaker {
  readonly #deps: BreakerDeps;
  #seen: { atMs: number; row: Promise<BreakerRow> } | undefined;

  constructor(deps: BreakerDeps) {
    this.#deps = deps;
  }

  /** Whether no charge may be tried now. A breaker that cannot be read holds nothing up. */
  async isOpen(rememberMs = REMEMBER_MS): Promise<boolean> {
    return this.#read(rememberMs).then(isOpen, () => false);
  }

  /** Nothing could be asked of the provider. */
  async failed(): Promise<void> {
    const { store, clock, report } = this.#deps;
    const at = toIso(clock.now());
    const { failures_since, opened_at: openedBefore } = await this.#read(0);
    if (openedBefore !== undefined) return;
    const isAgain =
      failures_since !== undefined && clock.now() - Date.parse(failures_since) <= WITHIN_MS;
    const first = { set: { failures: 1, failures_since: at }, where: { failures_since } };
    // Where another was the first meanwhile, this one comes after it.
    if (isAgain || !(await store.change(first))) {
      const since = isAgain ? failures_since : (await this.#read(0)).failures_since;
      await store.change({ add: { failures: 1 }, where: { failures_since: since } });
    }
    const { failures = 0, opened_at, mode } = await this.#read(0);
    if (failures < FAILURES || opened_at !== undefined || mode !== undefined) return;
    if (await store.change({ set: { opened_at: at }, where: { opened_at } }))
      report({ type: 'breakerOpened', failures });
    this.#seen = undefined;
  }

  /**
   * The provider has answered: what failed before were no signs of an outage. Goes by what was read before the charge, so that
   * an answer costs no read.
   */
  async answered(): Promise<void> {
    const { failures = 0, failures_since, opened_at } = (await this.#seen?.row) ?? {};
    if (failures === 0 || opened_at !== undefined) return;
    const remove = ['failures', 'failures_since'];
    await this.#deps.store.change({ remove, where: { failures_since, opened_at } });
    this.#seen = undefined;
  }

  /** Whether charges may be tried, asking the provider where an outage has opened the breaker. One that answers closes it. */
  async probe(payments: Pick<PaymentProvider, 'lookup'>): Promise<boolean> {
    const { store, clock, report } = this.#deps;
    const row = await this.#read(0);
    if (!isOpen(row)) return true;
    if (row.opened_at === undefined) return false;
    const isUp = await payments.lookup(PROBE).then(
      () => true,
      () => false,
    );
    if (!isUp || row.mode === 'open') return false;
    const { opened_at } = row;
    const remove = ['failures', 'failures_since', 'opened_at'];
    const set = { closed_at: toIso(clock.now()) };
    if (await store.change({ set, remove, where: { opened_at } }))
      report({ type: 'breakerClosed', open_ms: clock.now() - Date.parse(opened_at) });
    this.#seen = undefined;
    return true;
  }

  #read(rememberMs = REMEMBER_MS): Promise<BreakerRow> {
    const { store, clock } = this.#deps;
    if (this.#seen === undefined || clock.now() - this.#seen.atMs >= rememberMs)
      this.#seen = { atMs: clock.now(), row: store.read() };
    return this.#seen.row;
  }
}

/** No order has this id. */
const PROBE = { orderId: 'probe', revision: 1 };

const isOpen = ({ mode, opened_at }: BreakerRow): boolean =>
  mode === 'open' || (mode === undefined && opened_at !== undefined);

/** The provider, whose silence and answers the breaker hears of. Looking up follows on each charge that gave no answer. */
export function watchedPayments(payments: PaymentProvider, breaker: Breaker): PaymentProvider {
  // What cannot be written of the breaker must not fail a payment.
  const heard = (what: Promise<void>) => what.catch(() => {});
  return {
    ...payments,
    async charge(...args) {
      const outcome = await payments.charge(...args);
      await heard(breaker.answered());
      return outcome;
    },
    async lookup(key) {
      try {
        const found = await payments.lookup(key);
        await heard(breaker.answered());
        return found;
      } catch (error) {
        await heard(breaker.failed());
        throw error;
      }
    },
  };
}
