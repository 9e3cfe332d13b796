/** Every metric of the service. The dashboard and the alarms name the same ones. */
export const METRIC = {
  /** Orders taken, each revision of an order once: a revived order is taken again. */
  orderAccepted: 'OrderAccepted',
  /** Requests that no order came of: invalid, too large, a reused key, no topic. */
  orderRefused: 'OrderRefused',
  orderCompleted: 'OrderCompleted',
  orderDeclined: 'OrderDeclined',
  orderCancelled: 'OrderCancelled',
  /** A delivery or a call that did not charge, because its charge was begun or its order final. */
  chargeAvoided: 'ChargeAvoided',
  /** A message that has to come again. */
  orderAttemptFailed: 'OrderAttemptFailed',
  paymentDuration: 'PaymentDuration',
  acceptanceToCompletion: 'AcceptanceToCompletion',
  batchSize: 'BatchSize',
  ordersRepublished: 'OrdersRepublished',
  ordersResolved: 'OrdersResolved',
  ordersSweepFailed: 'OrdersSweepFailed',
  ordersDue: 'OrdersDue',
  /** Age of the oldest order that a sweep found due. */
  openOrderAge: 'OpenOrderAge',
} as const;
