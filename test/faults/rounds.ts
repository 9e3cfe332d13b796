import type { Way } from './buyers.ts';
import type { FaultRule } from './faults.ts';

/** A crowd that buys while certain faults strike. */
export interface Round {
  name: string;
  orders: number;
  ways: Way[];
  rules: FaultRule[];
  /** Items of the simulated provider's own faults, and the kind each counts for. */
  items?: Record<string, string>;
  /** Share of sync buyers who hang up in mid-payment. */
  hangUpShare?: number;
  /** Each accepted order's message is sent again, now and after a while, and poison beside it. */
  isFlooded?: boolean;
  /** How long faults strike deliveries after the last buyer. */
  faultsGoOnMs?: number;
}

const CALLS = /^(Get|Put|Update)Item/;

export const HANG_UP = 'sync buyer hangs up in mid-payment';
export const DUPLICATE = 'message delivered twice';
export const LATE = 'message delivered late, out of order';
export const POISON = 'poison message in the batch';
export const KILL = 'whole process killed with -9, started again on its data';

const wire = (
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
const point = (
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
    rules: [{ ...point(KILL, new RegExp(`^${place}`), 'kill', 0.02), most: 1 }],
  }),
);

export const isKillRound = (round: Round): boolean => KILL_ROUNDS.includes(round);

/** Those of the direct way first: Lambda's retries of its events go on for minutes, while the others run. */
export const ROUNDS: Round[] = [
  {
    name: 'direct processor dies',
    orders: 400,
    ways: ['direct'],
    rules: [
      point('environment killed in mid-payment', /^mid-payment/, 'exit', 0.2),
      point('function timeout in mid-payment', /^after-charge direct/, 'hang', 0.2),
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
  ...KILL_ROUNDS,
  {
    name: 'intake dies',
    orders: 500,
    ways: ['queued', 'direct'],
    rules: [
      point('intake killed between put and publish', /^before-publish/, 'exit', 0.2),
      point('intake killed between publish and answer', /^after-publish/, 'exit', 0.2),
    ],
  },
  {
    name: 'SNS fails',
    orders: 700,
    ways: ['queued', 'direct'],
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
  {
    name: 'worker fails',
    orders: 700,
    ways: ['queued'],
    rules: [
      point('worker throws before the charge', /^before-charge/, 'throw', 0.15),
      point('worker throws after the charge', /^after-charge/, 'throw', 0.15),
      point('worker killed before it acknowledges', /^before-acknowledgement/, 'exit', 0.14),
    ],
  },
  {
    name: 'DynamoDB fails',
    orders: 700,
    ways: ['queued', 'queued', 'queued', 'sync'],
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
    name: 'SQS fails, messages double',
    orders: 1000,
    ways: ['queued'],
    isFlooded: true,
    faultsGoOnMs: 14_000,
    rules: [
      wire('SQS answer lost after the receive', 'sqs', /^ReceiveMessage/, 'doneButError', 0.25),
      wire('SQS error', 'sqs', /^ReceiveMessage/, 'error', 0.3),
      wire('acknowledgement fails', 'sqs', /^DeleteMessageBatch/, 'error', 0.4),
    ],
  },
  {
    name: 'sync caller and its function die',
    orders: 400,
    ways: ['sync'],
    hangUpShare: 0.3,
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
