import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { errorText } from '../domain/errors.ts';
import type { DueOrder, Order, Status } from '../domain/order.ts';
import type { OrderEvent, OrderStep } from '../domain/orderEvents.ts';
import { isPromiseKept } from '../domain/orderPromise.ts';
import { isDebugging, logger } from './logger.ts';
import { METRIC } from './metricNames.ts';
import { countByWay, measure, measureByWay } from './metrics.ts';

/** Makes a log line of what happened to an order, and metrics. Every line carries `order_id`. */
export function reportOrderEvent(event: OrderEvent): void {
  if (!isStep(event)) log(event);
  else if (isDebugging()) logger.debug(STEPS[event.type], lineOf(event));
  measureEvent(event);
}

const STEPS: Record<OrderStep['type'], string> = {
  publishing: 'publishing the order',
  published: 'order published',
  charging: 'asking for the charge',
  chargeAnswered: 'charge answered',
  lookedUp: 'charge looked up',
  voided: 'asked that the charge be void',
};

const isStep = (event: OrderEvent): event is OrderStep => event.type in STEPS;

type ReportedEvent = Exclude<OrderEvent, OrderStep>;

const MESSAGES: Record<ReportedEvent['type'], string> = {
  accepted: 'order accepted',
  replayed: 'order repeated',
  publishFailed: 'publishing the order failed',
  withdrawFailed: 'taking the order back failed',
  received: 'order received',
  chargeAvoided: 'charge avoided',
  chargeFailed: 'the charge gave no answer',
  ended: 'order ended',
  soldOut: 'order refused for want of stock',
  unitsSold: 'units sold',
  unitsFreed: 'units freed',
  unitsLeft: 'units are left to the sweeper',
  stockSwept: 'stock swept',
  messageMalformed: 'not an order message',
  attemptFailed: 'attempt failed, the message has to come again',
  republished: 'order published again',
  resolved: 'order resolved',
  parked: 'order put away until the provider is up',
  breakerOpened: 'breaker opened: the payment provider is down',
  breakerClosed: 'breaker closed: the payment provider is up',
  breakerSeen: 'breaker looked at',
  sweepFailed: 'sweeping the order failed',
  swept: 'open orders due',
};

function log(event: ReportedEvent): void {
  const line = lineOf(event);
  if (!('error' in line)) {
    logger.info(MESSAGES[event.type], line);
    return;
  }
  const { error, ...rest } = line;
  logger.warn(MESSAGES[event.type], { ...rest, cause: errorText(error) });
}

interface OfOrder {
  order: DueOrder & Partial<Order>;
  at_ms?: number;
}

function lineOf({ type: _, ...fields }: OrderEvent) {
  return 'order' in fields ? withOrderFields(fields) : fields;
}

/**
 * Ids and state only: what a buyer orders is not for the log. Most orders are pending, and were never taken anew; the line
 * has a time of its own.
 */
function withOrderFields({ order, at_ms: _, ...details }: OfOrder) {
  const { order_id, way, revision, status } = order;
  return {
    ...{ order_id, way },
    ...(revision !== undefined && revision > 1 && { revision }),
    ...(status !== 'pending' && { status }),
    ...details,
  };
}

const COUNTERS: Partial<Record<OrderEvent['type'], string>> = {
  accepted: METRIC.orderAccepted,
  replayed: METRIC.orderRepeated,
  chargeAvoided: METRIC.chargeAvoided,
  attemptFailed: METRIC.orderAttemptFailed,
  messageMalformed: METRIC.orderAttemptFailed,
  republished: METRIC.ordersRepublished,
  resolved: METRIC.ordersResolved,
  parked: METRIC.orderParked,
  sweepFailed: METRIC.ordersSweepFailed,
};

function measureEvent(event: OrderEvent): void {
  if (event.type === 'swept') {
    measure(METRIC.ordersDue, MetricUnit.Count, event.due);
    measure(METRIC.openOrderAge, MetricUnit.Seconds, event.oldest_age_ms / 1000);
    return;
  }
  if (isOfStock(event)) {
    measureStock(event);
    return;
  }
  if (isOfBreaker(event)) {
    if (event.type === 'breakerSeen')
      measure(METRIC.breakerOpen, MetricUnit.Count, event.is_open ? 1 : 0);
    return;
  }
  const way = 'order' in event ? event.order.way : event.way;
  const counter = COUNTERS[event.type];
  if (counter !== undefined) countByWay(counter, way);
  if (event.type === 'chargeAnswered') measureByWay(METRIC.paymentDuration, way, event.took_ms);
  if (event.type === 'ended') measureEnd(event.order, event.at_ms);
}

type BreakerEvent = Extract<
  OrderEvent,
  { type: 'breakerOpened' | 'breakerClosed' | 'breakerSeen' }
>;

const isOfBreaker = (event: OrderEvent): event is BreakerEvent => event.type.startsWith('breaker');

type StockEvent = Extract<
  OrderEvent,
  { type: 'soldOut' | 'unitsSold' | 'unitsFreed' | 'unitsLeft' | 'stockSwept' }
>;

const STOCK_METRICS: Record<StockEvent['type'], string | undefined> = {
  soldOut: METRIC.unitsRefused,
  unitsSold: METRIC.unitsSold,
  unitsFreed: METRIC.unitsFreed,
  unitsLeft: undefined,
  stockSwept: METRIC.unitsOverdue,
};

const isOfStock = (event: OrderEvent): event is StockEvent => event.type in STOCK_METRICS;

function measureStock(event: StockEvent): void {
  const metric = STOCK_METRICS[event.type];
  if (metric === undefined || event.type === 'unitsLeft') return;
  const units = event.type === 'stockSwept' ? event.overdue_units : event.units;
  measure(metric, MetricUnit.Count, units);
}

const END_COUNTERS: Partial<Record<Status, string>> = {
  completed: METRIC.orderCompleted,
  declined: METRIC.orderDeclined,
  cancelled: METRIC.orderCancelled,
};

function measureEnd(order: Order, atMs: number): void {
  const { status, way, accepted_at } = order;
  const counter = END_COUNTERS[status];
  if (counter !== undefined) countByWay(counter, way);
  const isKept = isPromiseKept(order, atMs);
  if (isKept !== undefined) countByWay(METRIC.promiseKept, way, isKept ? 1 : 0);
  if (status !== 'completed') return;
  measureByWay(METRIC.acceptanceToCompletion, way, atMs - Date.parse(accepted_at));
}
