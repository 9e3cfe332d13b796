import type { Way } from '../../lib/domain/order.ts';
import type { FaultRule } from './faults.ts';

/** A crowd that buys while certain faults strike. */
export interface Round {
  name: string;
  orders: number;
  ways: Way[];
  rules: FaultRule[];
  /** Items of the simulated provider's own faults, and the kind each counts for. */
  items?: Record<string, string>;
  /** Units of each of these items that there are for every order of the round: a service with a stock. */
  unitsPerOrder?: Record<string, number>;
  /** Share of sync buyers who hang up in mid-payment. */
  hangUpShare?: number;
  /** Each accepted order's message is sent again, now and after a while, and poison beside it. */
  isFlooded?: boolean;
  /** How long faults strike deliveries after the last buyer, at most: until each has struck often enough. */
  faultsGoOnMs?: number;
  /** The sweeper runs while the faults strike, not only after them. */
  isSweptMeanwhile?: boolean;
  /** Leaves orders behind that nobody but the sweeper brings to their end. */
  needsSweeper?: boolean;
}

const RECEIVE = /^ReceiveMessage/;
const ACKNOWLEDGE = /^DeleteMessageBatch/;
const CALLS = /^(GetItem|BatchGetItem|PutItem|UpdateItem|Query)/;

export const HANG_UP = 'sync buyer hangs up in mid-payment';
export const DUPLICATE = 'message delivered twice';
export const LATE = 'message delivered late, out of order';
export const POISON = 'poison message in the batch';
export const KILL = 'whole process killed with -9, started again on its data';

export const wire = (
  kind: string,
  on: FaultRule['on'],
  call: RegExp,
  action: FaultRule['action'],
  share: number,
): FaultRule => ({
  kind,
  on,
  call,
  action,
  share,
});

/** Strikes the first time that an order comes by. */
export const point = (
  kind: string,
  call: RegExp,
  action: FaultRule['action'],
  share: number,
): FaultRule => ({
  kind,
  on: 'point',
  call,
  action,
  share,
  isOnce: true,
});

/** Each ends the whole process once, at another point of an order's life. */
const KILL_ROUNDS: Round[] = ['before-publish', 'mid-payment', 'before-acknowledgement'].map(
  (place) => ({
    name: `process killed: ${place}`,
    orders: 250,
    ways: ['queued', 'direct'] as Way[],
    rules: [{ ...point(KILL, new RegExp(`^${place}`), 'kill', 0.05), most: 1 }],
    needsSweeper: true,
  }),
);

/** An intake that dies leaves the sweeper orders; each sweep that is struck takes with it what it works on at the time. */
const sweeperRound = (name: string, faultsGoOnMs: number, rules: FaultRule[]): Round => ({
  name,
  orders: 400,
  ways: ['queued', 'direct'],
  isSweptMeanwhile: true,
  needsSweeper: true,
  faultsGoOnMs,
  rules: [
    point('intake killed between put and publish', /^before-publish/, 'exit', 0.5),
    point('intake killed between publish and answer', /^after-publish/, 'exit', 0.4),
    ...rules,
  ],
});

/** Those of the direct way first: Lambda's retries of its events go on for minutes, while the others run. */
export const ROUNDS: Round[] = [
  {
    name: 'direct processor dies',
    orders: 400,
    ways: ['direct'],
    needsSweeper: true,
    rules: [
      point('direct processor killed in mid-payment', /^mid-payment/, 'exit', 0.2),
      point('direct processor times out in mid-payment', /^paying direct/, 'hang', 0.2),
    ],
  },
  {
    name: 'DynamoDB fails',
    orders: 800,
    ways: ['queued', 'queued', 'direct', 'sync'],
    isSweptMeanwhile: true,
    needsSweeper: true,
    faultsGoOnMs: 20_000,
    rules: [
      wire('DynamoDB error', 'dynamodb', CALLS, 'error', 0.04),
      wire('DynamoDB throttle', 'dynamodb', CALLS, 'throttle', 0.04),
      wire('DynamoDB never answers', 'dynamodb', CALLS, 'silence', 0.03),
      wire(
        'DynamoDB write done though the caller sees an error',
        'dynamodb',
        /^(Put|Update)Item/,
        'doneButError',
        0.05,
      ),
    ],
  },
  {
    name: 'provider fails',
    orders: 400,
    ways: ['queued', 'direct'],
    rules: [],
    items: {
      'fault-after': 'provider fails after it began the charge',
      'fault-never': 'provider never answers',
      'fault-decline': 'provider declines',
      'item-1': '',
    },
  },
  {
    name: 'SNS fails',
    orders: 700,
    ways: ['queued', 'direct'],
    isSweptMeanwhile: true,
    rules: [
      wire('SNS error', 'sns', /^Publish/, 'error', 0.12),
      wire('SNS throttle', 'sns', /^Publish/, 'throttle', 0.12),
      wire('SNS never answers', 'sns', /^Publish/, 'silence', 0.12),
      wire(
        'publish arrives though the caller sees an error',
        'sns',
        /^Publish/,
        'doneButError',
        0.15,
      ),
    ],
  },
  ...KILL_ROUNDS,
  sweeperRound('sweeper dies before it published', 30_000, [
    point('sweeper killed before its claim', /^before-claim/, 'exit', 0.45),
    point('sweeper killed between claim and publish', /^before-republish/, 'exit', 0.5),
  ]),
  sweeperRound('sweeper dies after it published', 30_000, [
    point('sweeper killed after it published', /^after-republish/, 'exit', 0.9),
  ]),
  {
    name: 'worker fails',
    orders: 700,
    ways: ['queued'],
    faultsGoOnMs: 20_000,
    rules: [
      point('worker throws before the charge', /^before-charge/, 'throw', 0.15),
      point('worker times out in mid-payment', /^paying queued/, 'hang', 0.1),
      point('worker throws after the charge', /^after-charge/, 'throw', 0.15),
      point('worker killed before it acknowledges', /^before-acknowledgement/, 'exit', 0.14),
    ],
  },
  {
    name: 'SQS fails, messages double',
    orders: 1000,
    ways: ['queued'],
    isFlooded: true,
    faultsGoOnMs: 40_000,
    rules: [
      wire('SQS answer lost after the receive', 'sqs', RECEIVE, 'doneButError', 0.25),
      wire('SQS error', 'sqs', RECEIVE, 'error', 0.3),
      wire('acknowledgement fails', 'sqs', ACKNOWLEDGE, 'error', 0.4),
    ],
  },
  {
    name: 'SQS throttles and falls silent',
    orders: 500,
    ways: ['queued'],
    // The one poll of the mapping waits out each of them.
    faultsGoOnMs: 60_000,
    rules: [
      wire('SQS throttle', 'sqs', RECEIVE, 'throttle', 0.3),
      wire('SQS never answers', 'sqs', RECEIVE, 'silence', 0.5),
    ],
  },
  {
    name: 'acknowledgements throttled and unanswered',
    orders: 500,
    ways: ['queued'],
    faultsGoOnMs: 20_000,
    rules: [
      wire('acknowledgement throttled', 'sqs', ACKNOWLEDGE, 'throttle', 0.4),
      wire('acknowledgement never answered', 'sqs', ACKNOWLEDGE, 'silence', 0.6),
    ],
  },
  {
    name: 'sync caller and its function die',
    orders: 400,
    ways: ['sync'],
    hangUpShare: 0.3,
    needsSweeper: true,
    rules: [point('sync function killed in mid-payment', /^mid-payment/, 'exit', 0.18)],
  },
];

/** What a service that is wrong on purpose is put through: the faults that its mistake cannot stand. */
export const MUTANT_ROUND: Round = {
  name: 'mutant',
  orders: 120,
  ways: ['queued'],
  isFlooded: true,
  rules: [
    point('worker throws before the charge', /^before-charge/, 'throw', 0.2),
    point('worker throws after the charge', /^after-charge/, 'throw', 0.2),
  ],
};

/** Every kind of fault that a round is to bring. */
export const kindsOf = (round: Round): string[] => [
  ...round.rules.map(({ kind }) => kind),
  ...Object.values(round.items ?? {}).filter((kind) => kind !== ''),
  ...(round.isFlooded ? [DUPLICATE, LATE, POISON] : []),
  ...(round.hangUpShare ? [HANG_UP] : []),
];
