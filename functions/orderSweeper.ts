import type { Context, ScheduledEvent } from 'aws-lambda';
import { snsOrderPublisher } from '../lib/adapters/snsOrderPublisher.ts';
import { type SweepDeps, sweepOrders } from '../lib/domain/sweepOrders.ts';
import { orderSweeperSchema, readConfig } from '../lib/platform/config.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { paymentDeps } from '../lib/wiring.ts';

/** A run stops in time to let what it has begun come to its end. */
const MARGIN_MS = 10_000;

/** Every minute: publishes again what lost its message, and resolves what a sync request left behind. */
export const createOrderSweeper =
  (deps: SweepDeps) =>
  async (_event: ScheduledEvent, context: Context): Promise<void> =>
    sweepOrders(deps, deps.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS);

function liveDeps(): SweepDeps {
  const config = readConfig(orderSweeperSchema());
  const payment = paymentDeps(config);
  return { ...payment, publisher: snsOrderPublisher(config.SNS_TOPIC_ARN, payment.clock) };
}

export const handler = eventStack(createOrderSweeper(liveDeps()));
