import { UsageError } from '../../common/usageError.ts';
import { askAtTerminal } from '../../ops/commandLine.ts';
import type { Progress } from '../running/progress.ts';
import type { RunContext } from '../running/runContext.ts';
import type { SaleOptions } from '../running/saleOptions.ts';
import { estimateRun } from './costEstimate.ts';

const LIMIT_ALLOWANCE = 1.2;

/** On AWS: shows what the run sends and costs and asks for leave. Returns the limit on orders. */
export async function approveAwsRun(
  { phases, maxOrders, yes }: SaleOptions,
  { kind, stage }: Pick<RunContext, 'kind' | 'stage'>,
  progress: Progress,
): Promise<number | undefined> {
  if (kind !== 'aws' || stage === null) return maxOrders;
  const { orders, dollars } = estimateRun(phases);
  const limit = maxOrders ?? Math.ceil(orders * LIMIT_ALLOWANCE);
  progress.line(
    `This sends about ${orders.toLocaleString('en')} orders to stage ${stage.name} in ${stage.region}, ` +
      `never more than ${limit.toLocaleString('en')} (--max-orders), for about $${dollars.toFixed(2)} before any free tier.`,
  );
  if (yes) return limit;
  if (!process.stdin.isTTY)
    throw new UsageError('There is no terminal to ask for confirmation: pass --yes to run it.');
  if (await askAtTerminal('Run it?')) return limit;
  throw new UsageError('Not run.');
}
