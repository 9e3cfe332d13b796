import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from '../../lib/domain/order.ts';
import type { Observation } from '../measuring/phaseObservation.ts';
import { readRequestLog } from '../measuring/requestLog.ts';
import { requestLogFile, runLocust } from './locustProcess.ts';
import type { LoadPhase } from './phasePlan.ts';
import { isEmpty, nowSeconds, type RunContext, whileSampled } from './runContext.ts';

/** How long what a phase left may take to be worked off. */
const DRAIN_LIMIT_SECONDS = 60;
const POLL_MS = 200;

/** Sends a phase's orders, and where the phase says so waits until the last is worked off. */
export async function runLoad(
  context: RunContext,
  plan: LoadPhase,
  maxOrders: number | undefined,
): Promise<{ seen: Omit<Observation, 'completions'>; fault: Error | null }> {
  const { startedAt, samples, fault } = await whileSampled(context, plan.name, async (signal) => {
    await runLocust(plan, { ...context, command: context.locust, maxOrders, signal });
    if (plan.drains) await untilEmpty(context, plan.way, signal, DRAIN_LIMIT_SECONDS);
  });
  const log = await readRequestLog(requestLogFile(context.folder, plan));
  const seen = { plan, log, startedAt: log.startedAt ?? startedAt, endedAt: nowSeconds(), samples };
  return { seen, fault };
}

/** Waits until nothing is left to work off, for as long as that may take; whether it is. */
export async function untilEmpty(
  context: RunContext,
  way: Way,
  signal: AbortSignal,
  limitSeconds: number,
): Promise<boolean> {
  if (context.stage === null) return true;
  for (
    const end = nowSeconds() + limitSeconds;
    nowSeconds() < end;
    await sleep(POLL_MS, undefined, { signal })
  ) {
    if (await isEmpty(context.stage, way, signal)) return true;
  }
  return false;
}
