import type { Way } from '../../../lib/domain/order.ts';
import type { Sizing } from '../../../ops/parameters.ts';
import type { Load } from './load.ts';
import type { PaymentTime } from './paymentTime.ts';

/** Shares of the charges that go wrong, as `PAYMENT_FAULTS` has them. */
export interface Faults {
  decline: number;
  before: number;
  after: number;
  never: number;
}

/** All that a plan depends on. */
export interface PlanSettings {
  way: Way;
  load: Load;
  payment: PaymentTime;
  /** What the manifest derives from the parameters: batch, limits, time-outs. */
  sizing: Sizing;
  quota: number;
  /** False where the quota leaves nothing to reserve, or RESERVED_CONCURRENCY is off. */
  hasReservations: boolean;
  region: string;
  /** Of the account and region; more than AWS gives at first has to be asked for. */
  gatewayRequestsPerSecond: number;
  /** Look-ups of an order by its buyer. */
  polls: number;
  /** Event pollers of the mapping in provisioned mode, from the first second; undefined: the usual mode. */
  pollers: number | undefined;
  faults: Faults;
  seed: number;
}
