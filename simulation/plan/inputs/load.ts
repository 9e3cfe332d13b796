import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../../common/json.ts';
import { UsageError } from '../../../common/usageError.ts';
import type { Way } from '../../../lib/domain/order.ts';

/** Who sends orders, and when. */
export type Load = OpenLoad | ClosedLoad;

/** Orders come whatever becomes of those before them. */
export interface OpenLoad {
  kind: 'open';
  text: string;
  durationSeconds: number;
  /** How many orders have come after so many seconds; never falls. */
  arrivedBy: (second: number) => number;
  /** When the order of this number comes, from 0 on. */
  secondOf: (order: number) => number;
}

/** Each buyer waits for the answer to an order, then a while, and sends the next one. */
export interface ClosedLoad {
  kind: 'closed';
  text: string;
  durationSeconds: number;
  buyers: number;
  /** Drawn evenly between the two. */
  waitSeconds: readonly [number, number];
}

/** The waits of `loadtest/`. */
const WAITS: Record<Way, readonly [number, number]> = {
  sync: [1, 3],
  queued: [0.1, 0.5],
  direct: [0.1, 0.5],
};
const MOST_ORDERS_A_SECOND = 1_000_000;
const MOST_BUYERS = 1_000_000;
const UNITS: Record<string, number> = { '/s': 1, '/min': 60, '/h': 3600 };

const RULE = `must be orders a second (60, 60/s, 3600/min), buyers (closed:20, closed:20:0.1-0.5), or a file: lines of seconds and orders a second, or a requests-*.jsonl of a sale`;

/** Reads `--rate`; a profile has a length of its own. */
export function readLoad(text: string, way: Way, durationSeconds: number | undefined): Load {
  const fault = (rule: string) => new UsageError(`--rate: ${rule}, got ${JSON.stringify(text)}`);
  const [, rate, unit = '/s'] = /^(\d+(?:\.\d+)?)(\/s|\/min|\/h)?$/.exec(text) ?? [];
  if (rate !== undefined) {
    const perSecond = Number(rate) / (UNITS[unit] ?? 1);
    if (perSecond <= 0 || perSecond > MOST_ORDERS_A_SECOND)
      throw fault(`must be more than 0 and at most ${MOST_ORDERS_A_SECOND} orders a second`);
    return constantRate(perSecond, durationSeconds ?? 60);
  }
  const [, buyers, least, most] = /^closed:(\d+)(?::([\d.]+)-([\d.]+))?$/.exec(text) ?? [];
  if (buyers !== undefined) {
    const waitSeconds = least === undefined ? WAITS[way] : ([Number(least), Number(most)] as const);
    const isSound = waitSeconds[0] >= 0 && waitSeconds[1] > 0 && waitSeconds[0] <= waitSeconds[1];
    if (Number(buyers) < 1 || Number(buyers) > MOST_BUYERS || !isSound)
      throw fault(
        `must be closed:BUYERS or closed:BUYERS:FROM-TO, 1 to ${MOST_BUYERS} buyers and their wait in seconds`,
      );
    return closedLoop(Number(buyers), waitSeconds, durationSeconds ?? 60);
  }
  return readProfile(text, durationSeconds, fault);
}

export const constantRate = (perSecond: number, durationSeconds: number): OpenLoad => ({
  kind: 'open',
  text: `${perSecond.toLocaleString('en')} orders/s for ${durationSeconds.toLocaleString('en')} s`,
  durationSeconds,
  arrivedBy: (second) => Math.min(Math.max(0, second), durationSeconds) * perSecond,
  secondOf: (order) => (order + 0.5) / perSecond,
});

export const closedLoop = (
  buyers: number,
  waitSeconds: readonly [number, number],
  durationSeconds: number,
): ClosedLoad => ({
  kind: 'closed',
  text: `${buyers.toLocaleString('en')} buyers who wait ${waitSeconds.join(' to ')} s, for ${durationSeconds.toLocaleString('en')} s`,
  ...{ durationSeconds, buyers, waitSeconds },
});

/** Orders a second over the whole of it, if nobody waits for an answer. */
export const offeredPerSecond = (load: Load): number =>
  load.kind === 'open'
    ? load.arrivedBy(load.durationSeconds) / load.durationSeconds
    : load.buyers / ((load.waitSeconds[0] + load.waitSeconds[1]) / 2);

/** Its first seconds. */
export const beginOf = (load: Load, durationSeconds: number): Load =>
  load.kind === 'closed'
    ? { ...load, durationSeconds }
    : {
        ...load,
        durationSeconds,
        arrivedBy: (second) => load.arrivedBy(Math.min(second, durationSeconds)),
      };

type Fault = (rule: string) => UsageError;

function readProfile(file: string, durationSeconds: number | undefined, fault: Fault): OpenLoad {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fault(`${RULE} (${(error as Error).message})`);
  }
  if (durationSeconds !== undefined)
    throw new UsageError(
      `--duration: a profile has its own, got ${durationSeconds} beside ${file}`,
    );
  return text.trimStart().startsWith('{') ? recorded(file, text, fault) : drawn(file, text, fault);
}

/** What `loadtest/recorder.py` wrote: one request a line, among them orders. */
function recorded(file: string, text: string, fault: Fault): OpenLoad {
  const times = text
    .split('\n')
    .map((line) => parseJson(line))
    .filter((line) => isObject(line) && String(line.name).startsWith('POST /orders'))
    .map((line) => Number((line as { at: unknown }).at))
    .sort((a, b) => a - b);
  const [first] = times;
  if (first === undefined || times.some((time) => !Number.isFinite(time)))
    throw fault(
      'must have requests named POST /orders/... with the second at which they were sent',
    );
  return arrivalsAt(
    `the ${times.length.toLocaleString('en')} orders of ${file}`,
    times.map((time) => time - first),
  );
}

/** One order at each of these seconds, in their order. */
export const arrivalsAt = (text: string, seconds: number[]): OpenLoad => ({
  kind: 'open',
  text,
  durationSeconds: (seconds.at(-1) ?? 0) + 0.001,
  arrivedBy: (second) => lowerBound(seconds, second),
  secondOf: (order) => seconds[order] ?? Number.POSITIVE_INFINITY,
});

/** How many of the sorted values are below `limit`. */
function lowerBound(sorted: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Corner {
  second: number;
  perSecond: number;
  /** Orders until then. */
  arrived: number;
}

/** Seconds and orders a second, one pair a line; the rate goes straight from one to the next. */
function drawn(file: string, text: string, fault: Fault): OpenLoad {
  const corners: Corner[] = [];
  for (const line of text.split('\n').map((line) => line.replace(/#.*/, '').trim())) {
    if (line === '') continue;
    const [second = Number.NaN, perSecond = Number.NaN, ...rest] = line
      .split(/[\s,;]+/)
      .map(Number);
    const before = corners.at(-1) ?? { second: 0, perSecond, arrived: 0 };
    const isSound = second >= before.second && perSecond >= 0 && perSecond <= MOST_ORDERS_A_SECOND;
    if (!isSound || rest.length > 0)
      throw fault(
        `must have lines of seconds that never fall and orders a second (0 to ${MOST_ORDERS_A_SECOND}), not ${JSON.stringify(line)}`,
      );
    const gained = ((second - before.second) * (perSecond + before.perSecond)) / 2;
    corners.push({ second, perSecond, arrived: before.arrived + gained });
  }
  const durationSeconds = corners.at(-1)?.second ?? 0;
  if ((corners.at(-1)?.arrived ?? 0) < 1) throw fault('must come to one order at least');
  return {
    kind: 'open',
    text: `the profile of ${file}, ${durationSeconds.toLocaleString('en')} s`,
    durationSeconds,
    arrivedBy: (second) => arrivedOn(corners, second),
    secondOf: (order) => secondOn(corners, order + 0.5),
  };
}

/** The stretch between two corners that holds this value. */
function stretchOf(corners: Corner[], of: (corner: Corner) => number, value: number) {
  const index = Math.max(1, lowerBound(corners.map(of), value));
  const [from, to] = [corners[index - 1], corners[index]];
  return from === undefined || to === undefined ? undefined : { from, to };
}

function arrivedOn(corners: Corner[], second: number): number {
  const last = corners.at(-1);
  if (last === undefined || second >= last.second) return last?.arrived ?? 0;
  const first = corners[0];
  if (first !== undefined && second <= first.second) return second * first.perSecond;
  const stretch = stretchOf(corners, (corner) => corner.second, second);
  if (stretch === undefined) return 0;
  const { from, to } = stretch;
  const passed = second - from.second;
  const slope = (to.perSecond - from.perSecond) / (to.second - from.second);
  return from.arrived + from.perSecond * passed + (slope * passed ** 2) / 2;
}

function secondOn(corners: Corner[], arrived: number): number {
  const last = corners.at(-1);
  if (last === undefined || arrived > last.arrived) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, last.second];
  // To a tenth of a millisecond.
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (arrivedOn(corners, middle) < arrived) low = middle;
    else high = middle;
  }
  return high;
}
