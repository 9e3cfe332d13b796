import type { Clock } from '../domain/ports.ts';

const after = (durationMs: number, callback: () => void) => {
  const timer = setTimeout(callback, Math.max(0, durationMs));
  return () => clearTimeout(timer);
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs) => new Promise((resolve) => void after(durationMs, resolve)),
  after,
};
