import type { Part } from '../parts.ts';

/** The part as it fails when it has started, which leaves the most behind. */
export function failing<Started>(part: Part<Started>, fault: Error): Part<Started> {
  let started: Started | undefined;
  return {
    ...part,
    start: async () => {
      started = await part.start();
      throw fault;
    },
    stop: (graceMs) => part.stop?.(graceMs, started),
  };
}
