import '../../lib/testing/environment.ts';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ScheduledEvent } from 'aws-lambda';
import { createOrderSweeper } from '../../functions/orderSweeper.ts';
import { eventStack } from '../../lib/platform/eventStack.ts';
import { reportOrderEvent } from '../../lib/platform/reportOrderEvent.ts';
import { captureLog, lambdaContext } from '../../lib/testing/lambda.ts';
import { anAsyncOrder, world } from '../../lib/testing/world.ts';
import { type AlarmRule, alarmRules, LATE_MINUTES } from './alarms.ts';
import type { Metric } from './metrics.ts';
import { minutesInAlarm, type Published } from './testing/playRule.ts';

const RULES = alarmRules({ isSweeping: true, hasStock: true, stage: 'test' });
const nameOf = ({ id }: AlarmRule) => id.replace(/Alarm$/, '');
const ruleNamed = (name: string) => {
  const found = RULES.find((rule) => nameOf(rule) === name);
  if (!found) throw new Error(`there is no rule ${name}`);
  return found;
};

/** What every metric shares with all others of its kind. */
const COMMON = new Set(['HttpApi', '$default', 'flash-sale', 'test']);
const keyOf = ({ name, dimensions }: Metric): string => {
  const values = Object.values(dimensions).map((value) => {
    if (typeof value === 'string') return value;
    return 'Ref' in value ? value.Ref : value['Fn::GetAtt'][0];
  });
  return [name, ...values.filter((value) => !COMMON.has(value))].join(' ');
};

const isMetricMath = (alarm: string): boolean => ruleNamed(alarm).expression !== undefined;
const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
/** Each alone, and all together: a SUM passes over any. */
const subsets = (keys: string[]): string[][] => [...keys.map((key) => [key]), keys];

type Minute = Record<string, number | undefined>;
const always =
  (minute: Minute): Published =>
  (metric) =>
    minute[keyOf(metric)];
const alarmsIn = (minute: Minute): string[] =>
  RULES.filter((rule) => minutesInAlarm(rule, always(minute), 10).length > 0).map(nameOf);

/** A minute of 60 orders a second on each way, with the buyers asking after theirs. What is left out has no value. */
const SALE: Minute = {
  'Count POST /orders/sync': 3600,
  // 100 are paid, 3500 turned away, and two of these counted in the minute before.
  '5xx POST /orders/sync': 3502,
  'Throttles OrderSyncLambdaFunction': 3500,
  'Count POST /orders/async': 7200,
  '5xx POST /orders/async': 0,
  'Count GET /orders/{order_id}': 20_000,
  '5xx GET /orders/{order_id}': 0,
  'Errors OrderSyncLambdaFunction': 0,
  'Errors OrderAsyncLambdaFunction': 0,
  'Errors QueueWorkerLambdaFunction': 0,
  'Throttles OrderAsyncLambdaFunction': 0,
  'ApproximateNumberOfMessagesVisible OrderQueue': 2_000,
  'ApproximateAgeOfOldestMessage OrderQueue': 40,
  'NumberOfMessagesDeleted OrderQueue': 3600,
  'Invocations OrderSweeperLambdaFunction': 1,
  'Errors OrderSweeperLambdaFunction': 0,
  OpenOrderAge: 0,
  UnitsOverdue: 0,
  BreakerOpen: 0,
};

const FAULTS: [alarm: string, minute: Minute][] = [
  ['OrderDeadLetters', { 'ApproximateNumberOfMessagesVisible OrderDeadLetterQueue': 1 }],
  ['DirectDeadLetters', { 'ApproximateNumberOfMessagesVisible DirectDeadLetterQueue': 1 }],
  ['OldestMessage', { 'ApproximateAgeOfOldestMessage OrderQueue': 901 }],
  ['IntakeFails', { '5xx POST /orders/async': 100 }],
  ['StatusFails', { '5xx GET /orders/{order_id}': 300 }],
  ['SyncFails', { '5xx POST /orders/sync': 3550 }],
  ['FunctionErrors', { 'Errors QueueWorkerLambdaFunction': 1 }],
  ['IntakeThrottled', { 'Throttles OrderAsyncLambdaFunction': 1 }],
  ['OldestEvent', { 'AsyncEventAge TopicProcessorLambdaFunction': 900_001 }],
  ['StorageThrottled', { 'WriteThrottleEvents OrdersTable open-orders': 1 }],
  ['StockThrottled', { 'WriteThrottleEvents StockTable open': 1 }],
  ['RequestsRefused', { RequestsRefused: 1 }],
  ['EventsDropped', { 'AsyncEventsDropped TopicProcessorLambdaFunction': 1 }],
  ['NotificationsLost', { 'NumberOfNotificationsFilteredOut-NoMessageAttributes OrderTopic': 1 }],
  ['NoCompletions', { 'NumberOfMessagesDeleted OrderQueue': 0 }],
  ['SweeperFails', { 'OrdersSweepFailed queued': 1 }],
  ['SweeperRests', { 'Invocations OrderSweeperLambdaFunction': undefined }],
  ['UnitsOverdue', { UnitsOverdue: 4 }],
  ['BreakerOpen', { BreakerOpen: 1 }],
  ['OldestOrder', { OpenOrderAge: 3700 }],
];

afterEach(() => {
  jest.restoreAllMocks();
});

describe('In an ordinary sale', () => {
  it('no alarm goes off, nor before and after it', () => {
    const rest = { 'Invocations OrderSweeperLambdaFunction': 1 };

    expect([alarmsIn(SALE), alarmsIn(rest)]).toEqual([[], []]);
  });

  it.each(FAULTS)('%s alone goes off for its fault', (alarm, fault) => {
    expect(alarmsIn({ ...SALE, ...fault })).toEqual([alarm]);
  });

  it.each(FAULTS.filter(([alarm]) => isMetricMath(alarm)))(
    '%s goes off for its fault, and only for it, whichever of its metrics comes late',
    (alarm, fault) => {
      const rule = ruleNamed(alarm);
      for (const late of subsets(Object.values(rule.metrics).map(({ metric }) => keyOf(metric))))
        for (const by of range(1, LATE_MINUTES)) {
          const lateBy = (metric: Metric) => (late.includes(keyOf(metric)) ? by : 0);
          const onIn = (minute: Minute) => minutesInAlarm(rule, always(minute), 20, lateBy);
          expect([late, by, onIn(SALE)]).toEqual([late, by, []]);
          expect([late, by, onIn({ ...SALE, ...fault }).slice(-10)]).toEqual([
            late,
            by,
            range(10, 19),
          ]);
        }
    },
  );

  it.each([
    'NotificationsLost',
    'SweeperFails',
    'FunctionErrors',
    'StorageThrottled',
    'StockThrottled',
  ])(
    '%s sees what lasted as few minutes as it asks for, though every metric came late',
    (alarm) => {
      const rule = ruleNamed(alarm);
      const fault = FAULTS.find(([name]) => name === alarm)?.[1] ?? {};
      const published: Published = (metric, minute) =>
        ({ ...SALE, ...(minute >= 10 && minute < 10 + rule.minutes && fault) })[keyOf(metric)];

      expect(minutesInAlarm(rule, published, 30, () => LATE_MINUTES)).not.toEqual([]);
    },
  );

  it('every alarm has a fault that sets it off', () => {
    expect(FAULTS.map(([alarm]) => alarm).sort()).toEqual(RULES.map(nameOf).sort());
  });

  it('NoCompletions goes off, too, where nothing was ever acknowledged', () => {
    const { 'NumberOfMessagesDeleted OrderQueue': _, ...paused } = SALE;

    expect(alarmsIn(paused)).toEqual(['NoCompletions']);
  });

  it('a sync way that turns nobody away, and fails, is still seen', () => {
    const { 'Throttles OrderSyncLambdaFunction': _, ...quiet } = SALE;
    const failing = { 'Count POST /orders/sync': 5, '5xx POST /orders/sync': 5 };

    expect(alarmsIn({ ...quiet, ...failing })).toEqual(['SyncFails']);
  });
});

describe('A stage without a stock', () => {
  it('has no alarm for one', () => {
    expect(alarmRules({ isSweeping: true, stage: 'test' }).map(nameOf)).not.toContain(
      'UnitsOverdue',
    );
  });
});

describe('OldestOrder', () => {
  it('is on from the first sweep after an hour for as long as the order is open', async () => {
    const log = captureLog();
    const { deps, store, clock } = world();
    const stuck = anAsyncOrder();
    await store.create(stuck);
    const sweep = eventStack(createOrderSweeper({ ...deps, report: reportOrderEvent }));
    const context = { ...lambdaContext(), getRemainingTimeInMillis: () => 50_000 };
    const ages: number[] = [];
    const sweepEveryMinute = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        clock.advance(60_000);
        log.lines.length = 0;
        await sweep({} as ScheduledEvent, context);
        ages.push(log.sum('OpenOrderAge'));
      }
    };

    await sweepEveryMinute(180);
    await store.finish(stuck, { status: 'declined', decline_reason: 'card_declined' });
    await sweepEveryMinute(70);

    const on = minutesInAlarm(ruleNamed('OldestOrder'), (_, minute) => ages[minute], ages.length);
    const [first = 0, last = 0] = [on[0], on.at(-1)];
    expect(first).toBeGreaterThanOrEqual(60);
    expect(first).toBeLessThan(80);
    expect(last).toBeGreaterThanOrEqual(180);
    expect(last).toBeLessThan(250 - 1);
    expect(on).toHaveLength(last - first + 1);
  });
});

describe('Every alarm', () => {
  it('looks back for no more than the day that CloudWatch allows', () => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    for (const { minutes, ofMinutes } of RULES) {
      expect(minutes).toBeLessThanOrEqual(ofMinutes);
      expect(ofMinutes).toBeLessThanOrEqual(24 * 60);
    }
  });
});
