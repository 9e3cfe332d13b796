import type { Way } from '../../lib/domain/order.ts';
import { SeededRandom } from '../seededRandom.ts';
import { FATES, type Rates } from './fates.ts';

export interface Buyer {
  atMs: number;
  number: number;
  way: Way;
  quantity: number;
  /** Posts again with the same key: so often, after an answer that settles nothing or none. */
  repeats: number;
  /** Posts once more so long after the first time, whatever comes of that. */
  againMs?: number;
  /** Waits for an answer no longer than this. */
  patienceMs: number;
  /** Looks up the order so often, as it is told to. */
  polls: number;
  cancelsMs?: number;
}

/** What happens to the whole stage. */
export type StageEvent = { atMs: number } & (
  | { do: 'deploy' }
  | { do: 'restart'; downMs: number }
  | { do: 'workers'; count: number }
  | { do: 'outage'; downMs: number }
  | { do: 'crowd'; count: number }
  | { do: 'throttle'; forMs: number }
  | { do: 'stranger' }
);

export interface Settings {
  workers: number;
  batchSize: number;
  paymentSeconds: number;
  decline: number;
  /** Units of the only item; undefined without a stock. */
  units?: number;
  deadlineSeconds?: number;
  sweepAfterSeconds: number;
  syncConcurrency: number;
  directConcurrency: number;
  /** An event of the direct way is given up when it is so old; else after six hours. */
  eventAgeSeconds?: number;
  /** The sweeper's schedule is off until the sale is over. */
  sweepsLate?: true;
  /** The mapping lets through nothing but orders. */
  takesOrdersOnly?: true;
}

/** A sale, and all that goes wrong in it: a run follows from it and from nothing else. */
export interface History {
  seed: number;
  settings: Settings;
  rates: Rates;
  buyers: Buyer[];
  events: StageEvent[];
  /** No new buyer and no fault after it. */
  lastsMs: number;
  /** Of a history that is being shrunk: the only faults. */
  only?: string[];
}

/** The history of a seed: its own load, its own faults at their own rates. */
export function drawHistory(seed: number): History {
  const random = new SeededRandom(seed);
  const lastsMs = random.whole(15, 90) * 1000;
  const history = {
    seed,
    settings: drawSettings(random.fork('settings')),
    rates: { ...drawRates(random.fork('rates')), ...drawGarbling(random.fork('garbling')) },
    buyers: drawBuyers(random.fork('buyers'), lastsMs),
    events: drawEvents(random.fork('events'), lastsMs),
    lastsMs,
  };
  return operated(random.fork('operators'), random.chance(0.05) ? burst(history) : history);
}

/** What operators set and do, and what others send to the queue. */
function operated(random: SeededRandom, history: History): History {
  const { settings, events, lastsMs } = history;
  const at = () => ({ atMs: random.whole(0, lastsMs) });
  const takesOrdersOnly = random.chance(0.1);
  const isThrottled = random.chance(0.08);
  const changed = {
    ...history,
    settings: {
      ...settings,
      ...(random.chance(0.1) && { sweepsLate: true as const }),
      ...(takesOrdersOnly && { takesOrdersOnly }),
    },
    events: [
      ...events,
      ...(takesOrdersOnly ? [{ ...at(), do: 'stranger' as const }] : []),
      ...(isThrottled
        ? [{ ...at(), do: 'throttle' as const, forMs: random.whole(5_000, 120_000) }]
        : []),
    ],
  };
  // So many at once as in a burst would take more than the hours that are lived through.
  return random.chance(0.04) && history.buyers.length < BURST_BUYERS ? jam(changed) : changed;
}

/** All come on the direct way, which takes one at a time and soon gives up what waits. */
const jam = (history: History): History => ({
  ...history,
  settings: { ...history.settings, directConcurrency: 1, paymentSeconds: 3, eventAgeSeconds: 60 },
  buyers: history.buyers.map((buyer) => ({ ...buyer, way: 'direct', atMs: buyer.atMs / 10 })),
});

/** Everybody comes in the first second, and many workers take one order each. */
const burst = (history: History): History => ({
  ...history,
  settings: { ...history.settings, workers: 15, batchSize: 1, paymentSeconds: 3 },
  buyers: Array.from({ length: BURST_BUYERS }, (_, index) => ({
    ...{ number: index + 1, atMs: index * 25, way: 'queued' as const, quantity: 1 },
    ...{ repeats: 1, patienceMs: 10_000, polls: 0 },
  })),
});
const BURST_BUYERS = 40;

function drawSettings(random: SeededRandom): Settings {
  return {
    workers: random.whole(1, 4),
    batchSize: random.pick([1, 2, 5, 10]),
    paymentSeconds: random.pick([0.5, 1, 3]),
    decline: random.pick([0, 0, 0.1, 0.5]),
    ...(random.chance(0.25) && { units: random.whole(3, 30) }),
    ...(random.chance(0.2) && { deadlineSeconds: random.whole(10, 120) }),
    sweepAfterSeconds: random.pick([30, 120, 900]),
    syncConcurrency: random.whole(1, 5),
    directConcurrency: random.whole(1, 10),
  };
}

const GARBLED = 'answer.garbled';
const KINDS = Object.entries(FATES)
  .flatMap(([kind, fates]) => fates.map((fate) => `${kind}.${fate}`))
  .filter((kind) => kind !== GARBLED);

const drawGarbling = (random: SeededRandom): Rates =>
  random.chance(0.1) ? { [GARBLED]: random.between(0.05, 0.3) } : {};

/** Many kinds of faults that are rare each, or three that come together often. */
function drawRates(random: SeededRandom): Rates {
  const isStorm = random.chance(0.35);
  const share = isStorm ? 3 / KINDS.length : random.pick([0, 0.15, 0.3, 0.6]);
  const drawn = KINDS.filter(() => random.chance(share));
  return Object.fromEntries(
    drawn.map((kind) => [kind, isStorm ? random.between(0.1, 0.4) : 0.25 * random.fraction() ** 2]),
  );
}

function drawBuyers(random: SeededRandom, lastsMs: number): Buyer[] {
  const count = random.pick([3, 8, 15, 30]);
  const ways = random.pick<Way[]>([['queued'], ['sync'], ['direct'], ['sync', 'queued', 'direct']]);
  return Array.from({ length: count }, (_, index) => ({
    atMs: Math.floor(random.fraction() ** 2 * lastsMs),
    number: index + 1,
    way: ways[random.whole(0, ways.length - 1)] ?? 'queued',
    quantity: random.whole(1, 3),
    repeats: random.pick([0, 1, 3]),
    ...(random.chance(0.3) && { againMs: random.pick([0, 5, 40, 1_500, 20_000]) }),
    patienceMs: random.pick([1_000, 10_000, 35_000]),
    polls: random.pick([0, 0, 3]),
    ...(random.chance(0.1) && { cancelsMs: random.whole(0, 5_000) }),
  }));
}

function drawEvents(random: SeededRandom, lastsMs: number): StageEvent[] {
  const at = () => ({ atMs: random.whole(0, lastsMs) });
  return [
    ...(random.chance(0.15) ? [{ ...at(), do: 'deploy' as const }] : []),
    ...(random.chance(0.15)
      ? [{ ...at(), do: 'restart' as const, downMs: random.whole(0, 20_000) }]
      : []),
    ...(random.chance(0.2) ? [{ ...at(), do: 'workers' as const, count: random.whole(1, 5) }] : []),
    ...(random.chance(0.08) ? [{ ...at(), do: 'crowd' as const, count: 200 }] : []),
    ...(random.chance(0.15)
      ? [{ ...at(), do: 'outage' as const, downMs: random.whole(1_000, 60_000) }]
      : []),
  ];
}

export interface Sale {
  seconds: number;
  /** Orders a second. */
  rate: number;
  hasFaults: boolean;
}

/** One long sale on the queued way with the manifest's own workers: a buyer at a time, each at a random moment. */
export function drawSale(seed: number, { seconds, rate, hasFaults }: Sale): History {
  const random = new SeededRandom(`${seed}/sale`);
  const { events, rates, settings } = drawHistory(seed);
  const { sweepsLate, takesOrdersOnly } = settings;
  const buyer = { way: 'queued', quantity: 1, repeats: 3, patienceMs: 35_000, polls: 0 } as const;
  const count = Math.round(seconds * rate);
  return {
    seed,
    settings: {
      ...{ workers: 22, batchSize: 10, paymentSeconds: 3, decline: 0, sweepAfterSeconds: 900 },
      ...{ syncConcurrency: 5, directConcurrency: 215 },
      ...(hasFaults && sweepsLate && { sweepsLate }),
      ...(hasFaults && takesOrdersOnly && { takesOrdersOnly }),
    },
    rates: hasFaults ? rates : {},
    events: hasFaults ? events : [],
    buyers: Array.from({ length: count }, (_, index) => ({
      ...buyer,
      ...{ number: index + 1, atMs: Math.floor(random.fraction() * seconds * 1000) },
    })),
    lastsMs: seconds * 1000,
  };
}
