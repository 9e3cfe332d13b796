let running = 0;
let lastMs = 0;
/** What an invocation would have got that ran all the time. */
let eachMs = 0;

function settle(): void {
  const { user, system } = process.threadCpuUsage();
  const nowMs = (user + system) / 1000;
  if (running > 0) eachMs += (nowMs - lastMs) / running;
  lastMs = nowMs;
}

/**
 * CPU time of an invocation, from here on. Environments share their thread: what it uses while several run is split
 * evenly among them, so that the sum is exact. Helper threads of V8 are not in it.
 */
export function cpuShare(): { end(): number } {
  settle();
  running += 1;
  const beganMs = eachMs;
  let usedMs: number | undefined;
  return {
    end: () => {
      if (usedMs !== undefined) return usedMs;
      settle();
      running -= 1;
      usedMs = eachMs - beganMs;
      return usedMs;
    },
  };
}
