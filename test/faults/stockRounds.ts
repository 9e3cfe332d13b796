import { KILL, point, type Round, wire } from './rounds.ts';

/** What the service is started with for them. Nobody buys so many, but each purchase is counted. */
export const STOCK_PARAMETERS = { STOCK: 'on', UNITS_PER_CUSTOMER: '100' };

/** Two items that run out, and one that is bought and always declined: it is all free in the end. */
const ITEMS = {
  'last-lamp': '',
  'last-chair': '',
  'fault-decline': 'provider declines, with a stock',
};
/** An order asks for two units on average. */
const UNITS_PER_ORDER = { 'last-lamp': 0.6, 'last-chair': 0.6, 'fault-decline': 0.4 };

const round = (name: string, orders: number, more: Partial<Round>): Round => ({
  ...{ name, orders, ways: ['queued', 'queued', 'direct', 'sync'], rules: [] },
  ...{ items: ITEMS, unitsPerOrder: UNITS_PER_ORDER, needsSweeper: true },
  // What a request that died has counted for its customer stands in the way of the repeat until the sweeper comes.
  isSweptMeanwhile: true,
  ...more,
});

const CLAIM = /^UpdateItem \S+-stock$/;
const READ = /^(GetItem|Query) \S+-stock$/;

const killed = (place: string): Round =>
  round(`process killed with a stock: ${place}`, 250, {
    rules: [{ ...point(KILL, new RegExp(`^${place}`), 'kill', 0.1), most: 1 }],
  });

/** On every write that a stock adds, and between every two. */
export const STOCK_ROUNDS: Round[] = [
  round('writes of a stock fail', 900, {
    isFlooded: true,
    faultsGoOnMs: 20_000,
    rules: [
      wire('write of a stock fails', 'dynamodb', CLAIM, 'error', 0.06),
      wire('write of a stock throttled', 'dynamodb', CLAIM, 'throttle', 0.06),
      wire('write of a stock never answered', 'dynamodb', CLAIM, 'silence', 0.04),
      wire('write of a stock done without an answer', 'dynamodb', CLAIM, 'doneButError', 0.08),
      wire('reading a stock fails', 'dynamodb', READ, 'error', 0.04),
    ],
  }),
  round('functions die between writes of a stock', 700, {
    faultsGoOnMs: 20_000,
    rules: [
      point('function killed after a claim', /^after-claim/, 'exit', 0.15),
      point('function killed before it sells units', /^before-sell/, 'exit', 0.3),
      point('function killed before it frees units', /^before-free/, 'exit', 0.4),
    ],
  }),
  ...['after-claim', 'before-sell', 'before-free'].map(killed),
];
