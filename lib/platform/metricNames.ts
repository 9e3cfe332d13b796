/** Every metric that the service counts itself. The dashboard and the alarms name the same ones. */
export const METRIC = {
  /** Orders taken, each revision of an order once: a revived order is taken again. */
  orderAccepted: 'OrderAccepted',
  /** Requests that no order came of: invalid, too large, a reused key, no topic. */
  orderRefused: 'OrderRefused',
  /** Requests that repeat an earlier one by their Idempotency-Key: none is a second order or a second charge. */
  orderRepeated: 'OrderRepeated',
  orderCompleted: 'OrderCompleted',
  orderDeclined: 'OrderDeclined',
  orderCancelled: 'OrderCancelled',
  /** A delivery or a call that did not charge, because its charge was begun or its order final. */
  chargeAvoided: 'ChargeAvoided',
  /** A message that has to come again. */
  orderAttemptFailed: 'OrderAttemptFailed',
  /** 1 while no charge is tried, since the provider is down or an operator says so: told once a minute. */
  breakerOpen: 'BreakerOpen',
  /** Messages put away while the breaker is open: the sweeper publishes their orders again. */
  orderParked: 'OrderParked',
  paymentDuration: 'PaymentDuration',
  acceptanceToCompletion: 'AcceptanceToCompletion',
  /** 1 for an order that ended when it was promised, else 0: the average is the share. */
  promiseKept: 'PromiseKept',
  batchSize: 'BatchSize',
  ordersRepublished: 'OrdersRepublished',
  ordersResolved: 'OrdersResolved',
  ordersSweepFailed: 'OrdersSweepFailed',
  ordersDue: 'OrdersDue',
  /** Age of the oldest order that a sweep found due. */
  openOrderAge: 'OpenOrderAge',
  /** With a stock only: units of completed orders, units freed by orders that ended otherwise, units asked for in vain. */
  unitsSold: 'UnitsSold',
  unitsFreed: 'UnitsFreed',
  unitsRefused: 'UnitsRefused',
  /** Units of sold-out items that a sweep found held for longer than a lease. */
  unitsOverdue: 'UnitsOverdue',
} as const;

/** Written by Powertools, once for each execution environment. */
export const COLD_START = 'ColdStart';
