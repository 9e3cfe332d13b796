import type { ByWay } from '../../contracts/orderSample.ts';

/** What happened in some seconds that are over. */
export interface Figures {
  seconds: number;
  accepted: ByWay;
  completed: ByWay;
  declined: ByWay;
  cancelled: ByWay;
  /** Orders that ended with a promise, and those of them that ended when it said. */
  promises: { ended: number; kept: number };
  /** By function. */
  throttled: Record<string, number>;
}

export interface Measured {
  /** The last quarter of an hour, and the newest part of it that is complete. */
  recent: Figures;
  newest: Figures;
}
