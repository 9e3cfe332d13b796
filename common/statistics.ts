export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;

export const max = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value), -Infinity);

/** The smallest value that at least `percent` of all values do not exceed (nearest rank: exact, no interpolation). */
export function percentile(sorted: ArrayLike<number>, percent: number): number | null {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

export function spread(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    mean: mean(sorted),
    min: sorted[0] ?? null,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: sorted.at(-1) ?? null,
  };
}

export interface Point {
  x: number;
  y: number;
}

/** The slope of the least squares line through the points; null with fewer than two different x. */
export function slope(points: readonly Point[]): number | null {
  const meanX = mean(points.map(({ x }) => x)) ?? 0;
  const meanY = mean(points.map(({ y }) => y)) ?? 0;
  const spreadX = sum(points.map(({ x }) => (x - meanX) ** 2));
  if (points.length < 2 || spreadX === 0) return null;
  return sum(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spreadX;
}

export interface ClosedLoop {
  /** Share of all attempts that find a free slot. */
  servedShare: number;
  servedPerSecond: number;
}

/**
 * Engset's loss formula: `users` buyers who wait `waitSeconds` on average between attempts share `slots`
 * payment slots, each held for `serviceSeconds`; who finds none free is refused at once. It depends on the
 * mean times alone. A buyer who arrives sees the slots as the other `users - 1` leave them.
 */
export function closedLoop(
  users: number,
  slots: number,
  serviceSeconds: number,
  waitSeconds: number,
): ClosedLoop {
  const seenByArrival = busyShares(users - 1, slots, serviceSeconds / waitSeconds);
  const busy = busyShares(users, slots, serviceSeconds / waitSeconds);
  return {
    servedShare: users <= slots ? 1 : 1 - (seenByArrival[slots] ?? 0),
    servedPerSecond: sum(busy.map((share, slot) => share * slot)) / serviceSeconds,
  };
}

/** How likely exactly 0, 1, ... slots are busy. */
function busyShares(users: number, slots: number, load: number): number[] {
  const weights = [1];
  for (let busy = 1; busy <= Math.min(users, slots); busy += 1) {
    weights.push(((weights[busy - 1] ?? 0) * load * (users - busy + 1)) / busy);
  }
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}
