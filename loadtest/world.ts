import type { Stage } from '../ops/stage.ts';
import type { Way } from './phases.ts';
import { type Sampler, startSampler, takeSample } from './sampler.ts';
import type { Talk } from './talk.ts';

/** What the phases run against, and with what. */
export interface World {
  kind: 'own' | 'local' | 'aws' | 'url';
  url: string;
  /** null: only an address is known, so nothing can be sampled, set or reconciled. */
  stage: Stage | null;
  /** The path of the `locust` command. */
  locust: string;
  /** Where request logs and the service's log go. */
  folder: string;
  seed: number;
  talk: Talk;
  /** Fires when the run has to end: interrupted, or the service is gone. */
  signal: AbortSignal;
}

/** What a phase saw, and what broke it off. */
export interface Outcome<Seen> {
  seen: Seen;
  fault: Error | null;
}

export const nowSeconds = (): number => Date.now() / 1000;

/** Samples the stage and shows each sample; null where there is no stage to ask. */
export function sample(world: World, label: string): Sampler | null {
  const { stage, talk } = world;
  if (stage === null) return null;
  const startedAt = nowSeconds();
  return startSampler(
    () => takeSample(stage),
    ({ at, visible, inFlight, deadLettered }) => {
      const seconds = Math.round(at - startedAt);
      talk.status(
        `${label} ${seconds} s: ${visible} waiting, ${inFlight} in flight, ${deadLettered} dead-lettered`,
      );
    },
  );
}

/** Whether nothing waits or runs any more on this way: in the queue, or among Lambda's asynchronous events. */
export async function isEmpty(stage: Stage, way: Way): Promise<boolean> {
  const { visible, inFlight, runtime } = await takeSample(stage);
  const events = (runtime?.async.waiting ?? 0) + (runtime?.async.running ?? 0);
  return (way === 'direct' ? events : visible + inFlight) === 0;
}
