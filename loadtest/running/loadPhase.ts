import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from '../../lib/domain/order.ts';
import type { Observation } from '../measuring/observation.ts';
import { readRequestLog } from '../measuring/requestLog.ts';
import { requestLogFile, runLocust } from './locust.ts';
import type { LoadPhase } from './phases.ts';
import { causeOf, isEmpty, nowSeconds, type Outcome, sample, type World } from './world.ts';

/** How long what a phase left may take to be worked off. */
const DRAIN_LIMIT_SECONDS = 60;
const POLL_MS = 200;

/** Sends a phase's orders, and where the phase says so waits until the last is worked off. */
export async function runLoad(
  world: World,
  plan: LoadPhase,
  maxOrders: number | undefined,
): Promise<Outcome<Omit<Observation, 'completions'>>> {
  const sampler = sample(world, plan.name);
  const signal = sampler === null ? world.signal : AbortSignal.any([world.signal, sampler.lost]);
  const beganAt = nowSeconds();
  let fault: Error | null = null;
  try {
    await runLocust(plan, { ...world, command: world.locust, maxOrders, signal });
    if (plan.drains) await untilEmpty(world, plan.way, signal, DRAIN_LIMIT_SECONDS);
  } catch (error) {
    fault = await causeOf(error, signal);
  }
  await sampler?.stop();
  const log = await readRequestLog(requestLogFile(world.folder, plan));
  const startedAt = log.startedAt ?? beganAt;
  return {
    seen: { plan, log, startedAt, endedAt: nowSeconds(), samples: sampler?.samples ?? [] },
    fault,
  };
}

/** Waits until nothing is left to work off, for as long as that may take; whether it is. */
export async function untilEmpty(
  world: World,
  way: Way,
  signal: AbortSignal,
  limitSeconds: number,
): Promise<boolean> {
  if (world.stage === null) return true;
  for (
    const end = nowSeconds() + limitSeconds;
    nowSeconds() < end;
    await sleep(POLL_MS, undefined, { signal })
  ) {
    if (await isEmpty(world.stage, way, signal)) return true;
  }
  return false;
}
