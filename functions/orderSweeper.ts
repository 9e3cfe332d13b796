import type { Context, ScheduledEvent } from 'aws-lambda';
import { snsClient } from '../lib/adapters/snsClient.ts';
import { snsOrderPublisher } from '../lib/adapters/snsOrderPublisher.ts';
import { type SweepDeps, sweepOrders } from '../lib/domain/sweepOrders.ts';
import { awsAccess } from '../lib/platform/awsAccess.ts';
import { orderSweeperRules, readConfig } from '../lib/platform/config.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { stockSweep } from '../lib/stockWiring.ts';
import { paymentDeps } from '../lib/wiring.ts';

/** A run stops in time to let what it has begun come to its end. */
const MARGIN_MS = 10_000;

interface OrderSweeperDeps extends SweepDeps {
  /** Only where there is a stock. */
  sweepStock?: ((deadlineMs: number) => Promise<void>) | undefined;
}

/**
 * Every minute: publishes again what lost its message, resolves what a sync request left behind, and frees units that
 * nobody will pay for.
 */
export const createOrderSweeper =
  (deps: OrderSweeperDeps) =>
  async (_event: ScheduledEvent, context: Context): Promise<void> => {
    const deadlineMs = deps.clock.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
    // Neither has to wait for the other, nor to fail with it.
    const runs = [sweepOrders(deps, deadlineMs), deps.sweepStock?.(deadlineMs)];
    await Promise.allSettled(runs);
    await Promise.all(runs);
  };

function liveDeps(): OrderSweeperDeps {
  const config = readConfig(orderSweeperRules());
  const payment = paymentDeps(config);
  return {
    ...payment,
    publisher: snsOrderPublisher(snsClient(awsAccess('sns')), config.SNS_TOPIC_ARN, payment.clock),
    sweepStock: stockSweep(config, payment),
  };
}

export const handler = eventStack(createOrderSweeper(liveDeps()));
