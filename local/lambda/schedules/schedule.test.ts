import { describe, expect, it } from '@jest/globals';
import { FunctionNotFoundError } from '../errors.ts';
import { ManualClock } from '../testing/manualClock.ts';
import { ACCOUNT } from '../testing/startLambda.ts';
import { Schedule } from './schedule.ts';
import { parseSchedule } from './scheduleExpression.ts';

const MINUTE = 60_000;
const ARN = 'arn:aws:events:us-east-1:000000000000:rule/every-minute';

function scheduled(
  expression: string,
  enabled = true,
  input?: string,
  functionNames: string[] = ['work'],
  startedAt = '2026-01-01T00:00:30.000Z',
  source?: 'aws.scheduler',
) {
  const clock = new ManualClock(startedAt);
  const runs: { at: string; functionName: string; event: Record<string, unknown> }[] = [];
  const model = {
    ruleName: 'r',
    arn: ARN,
    expression,
    enabled,
    ...(source && { source }),
    targets: functionNames.map((functionName) => ({ functionName, input })),
  };
  const faults: string[] = [];
  const schedule = new Schedule(model, {
    clock,
    account: ACCOUNT,
    invokeEvent: async (functionName, event) => {
      if (functionName === 'nobody') throw new FunctionNotFoundError('arn:nobody');
      const at = new Date(clock.now()).toISOString();
      runs.push({ at, functionName, event: JSON.parse(event) });
    },
    onFault: (ruleName, text) => faults.push(`${ruleName}: ${text}`),
  });
  schedule.start();
  return { clock, runs, faults, schedule };
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
describe('a schedule', () => {
  it('tells the time in whole seconds', async () => {
    const { clock, runs } = scheduled(
      'rate(1 minute)',
      true,
      undefined,
      ['work'],
      '2026-01-01T00:00:30.123Z',
    );

    await clock.advance(2 * MINUTE);

    expect(runs[0]?.event).toMatchObject({ time: '2026-01-01T00:01:30Z' });
  });

  // https://github.com/aws/aws-lambda-java-libs/issues/479
  it('of EventBridge Scheduler names it as the source, with a text as the detail', async () => {
    const { clock, runs } = scheduled(
      'rate(1 minute)',
      true,
      undefined,
      ['work'],
      undefined,
      'aws.scheduler',
    );

    await clock.advance(MINUTE);

    expect(runs[0]?.event).toMatchObject({ source: 'aws.scheduler', detail: '{}' });
  });

  it('invokes its function with a scheduled event each time it is due', async () => {
    const { clock, runs } = scheduled('rate(1 minute)');

    await clock.advance(3 * MINUTE);

    expect(runs.map(({ at }) => at.slice(11, 19))).toEqual(['00:01:30', '00:02:30', '00:03:30']);
    expect(runs[0]).toMatchObject({
      functionName: 'work',
      event: {
        version: '0',
        id: expect.any(String),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        time: '2026-01-01T00:01:30Z',
        region: 'us-east-1',
        resources: [ARN],
        detail: {},
      },
    });
  });

  it('hands over the input of its target in place of the event', async () => {
    const { clock, runs } = scheduled('rate(1 minute)', true, '{"sweep":true}');

    await clock.advance(MINUTE);

    expect(runs[0]?.event).toEqual({ sweep: true });
  });

  it('does nothing while it is disabled or once it has stopped', async () => {
    const disabled = scheduled('rate(1 minute)', false);
    const stopped = scheduled('rate(1 minute)');
    stopped.schedule.stop();

    await disabled.clock.advance(10 * MINUTE);
    await stopped.clock.advance(10 * MINUTE);

    expect([disabled.runs, stopped.runs]).toEqual([[], []]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html (FailedInvocations)
  it('with a target that is not a function says so at each run, and invokes its other targets', async () => {
    const { clock, runs, faults } = scheduled('rate(1 minute)', true, '{}', ['nobody', 'work']);

    await clock.advance(2 * MINUTE);

    expect(runs.map(({ functionName }) => functionName)).toEqual(['work', 'work']);
    const fault =
      'r: Schedule rate(1 minute) could not invoke nobody: FunctionNotFoundError: Function not found: arn:nobody';
    expect(faults).toEqual([fault, fault]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  it.each([
    ['rate(1 minute)', ['01:00:00', '01:00:30', '01:01:30']],
    ['cron(* * * * ? *)', ['01:00:00', '01:01:00', '01:02:00']],
  ])('%s runs once for the times that a sleeping machine has missed', async (expression, times) => {
    const { clock, runs } = scheduled(expression);

    clock.sleepUntil('2026-01-01T01:00:00.000Z');
    await clock.advance(2 * MINUTE);

    expect(runs.map(({ at }) => at.slice(11, 19))).toEqual(times);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
describe('a schedule expression', () => {
  // A Thursday.
  const AFTER = '2026-01-01T00:00:30.000Z';

  it.each([
    ['rate(5 minutes)', '2026-01-01T00:05:30.000Z'],
    ['rate(1 hour)', '2026-01-01T01:00:30.000Z'],
    ['rate(7 days)', '2026-01-08T00:00:30.000Z'],
    ['cron(* * * * ? *)', '2026-01-01T00:01:00.000Z'],
    ['cron(0 10 * * ? *)', '2026-01-01T10:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-01-01T00:15:00.000Z'],
    ['cron(15 12 * * ? *)', '2026-01-01T12:15:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', '2026-01-01T18:00:00.000Z'],
    ['cron(0 8 1 * ? *)', '2026-01-01T08:00:00.000Z'],
    ['cron(0 0 1 * ? *)', '2026-02-01T00:00:00.000Z'],
    ['cron(0/10 * ? * SUN *)', '2026-01-04T00:00:00.000Z'],
    ['cron(0 9 ? * 2#1 *)', '2026-01-05T09:00:00.000Z'],
    ['cron(0 9 ? * 6L *)', '2026-01-30T09:00:00.000Z'],
    ['cron(0 9 L * ? *)', '2026-01-31T09:00:00.000Z'],
    ['cron(0 9 3W * ? *)', '2026-01-02T09:00:00.000Z'],
    ['cron(0 0 29 FEB ? *)', '2028-02-29T00:00:00.000Z'],
    ['cron(30 6,18 * JUN,JUL ? 2027)', '2027-06-01T06:30:00.000Z'],
    ['cron(0 0 ? * FRI-MON *)', '2026-01-02T00:00:00.000Z'],
    ['cron(0 22-1/2 2 * ? *)', '2026-01-02T00:00:00.000Z'],
  ])('"%s" runs next at %s', (expression, expected) => {
    const next = parseSchedule(expression)(Date.parse(AFTER));

    expect(new Date(next ?? Number.NaN).toISOString()).toBe(expected);
  });

  it('of a year that is over never runs', () => {
    expect(parseSchedule('cron(0 0 1 1 ? 2020)')(Date.parse(AFTER))).toBeUndefined();
  });

  it('that is neither rate nor cron is refused by name', () => {
    expect(() => parseSchedule('every minute')).toThrow('"every minute"');
    expect(() => parseSchedule('rate(0 minutes)')).toThrow('at least 1');
  });

  it.each([
    ['cron(0 3 * * * *)', 'one of the fields day of month and day of week has to be "?"'],
    ['cron(0 3 ? * ? *)', 'one of the fields day of month and day of week has to be "?"'],
    ['cron(0/0 * * * ? *)', '"0/0" is not a value of its field minutes'],
    ['cron(60 * * * ? *)', '"60" is not a value of its field minutes'],
    ['cron(? * * * ? *)', '"?" is not a value of its field minutes'],
    ['cron(0 24 * * ? *)', '"24" is not a value of its field hours'],
    ['cron(0 1e1 * * ? *)', '"1e1" is not a value of its field hours'],
    ['cron(0 0 32 * ? *)', '"32" is not a value of its field day of month'],
    ['cron(0 0 40W * ? *)', '"40" is not a value of its field day of month'],
    ['cron(0 0 1 FOO ? *)', '"FOO" is not a value of its field month'],
    ['cron(0 0 ? * MOON *)', '"MOON" is not a value of its field day of week'],
    ['cron(0 0 ? * 0L *)', '"0" is not a value of its field day of week'],
    ['cron(0 0 ? * MON#6 *)', '"MON#6" is not a value of its field day of week'],
    ['cron(0 0 * * ? 26)', '"26" is not a value of its field year'],
    ['cron(0 0 * * ?)', 'six fields'],
    ['rate(1 minutes)', 'singular'],
    ['rate(5 minute)', 'singular'],
  ])('%s is refused when its schedule is made, as on AWS', (expression, reason) => {
    expect(() => scheduled(expression)).toThrow(`AWS would refuse the schedule "${expression}"`);
    expect(() => parseSchedule(expression)).toThrow(reason);
  });
});
