import type { ByWay } from '../../contracts/orderSample.ts';

/** What happened in some seconds that are over. */
export interface Figures {
  seconds: number;
  accepted: ByWay;
  completed: ByWay;
  declined: ByWay;
  cancelled: ByWay;
  /** By function. */
  throttled: Record<string, number>;
}

export interface Measured {
  /** The last quarter of an hour, and the newest part of it that is complete. */
  recent: Figures;
  newest: Figures;
}
