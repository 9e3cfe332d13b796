import { scheduleFault } from '../../local/lambda/schedules/scheduleExpression.ts';
import { type Fact, recording } from './fact.ts';

const REFUSED = [
  ...[
    'cron(INVALID)',
    'cron(0 dummy ? * MON-FRI *)',
    'cron(7 20 * * NOT *)',
    'cron(71 8 1 * ? *)',
    'cron(0 1 * * * *)',
  ],
  ...[
    'rate(10 seconds)',
    'rate(10 years)',
    'rate(1 minutes)',
    'rate(1 hours)',
    'rate(1 days)',
    'rate(10 minute)',
    'rate(10 hour)',
    'rate(10 day)',
  ],
  ...[
    'rate()',
    'rate(10)',
    'rate(10 minutess)',
    'rate(foo minutes)',
    'rate(0 minutes)',
    'rate(-10 minutes)',
    'rate(10 MINUTES)',
    'rate( 10 minutes )',
    ' rate(10 minutes)',
  ],
];
const TAKEN = [
  'cron(0 2 ? * SAT *)',
  'cron(0 12 * * ? *)',
  'cron(5,35 14 * * ? *)',
  'cron(15 10 ? * 6L 2002-2005)',
  'rate(5 minutes)',
  'rate(1 day)',
];

const fact = (expression: string, isTaken: boolean, source: string): Fact => ({
  fact: `EventBridge: ${JSON.stringify(expression)} is ${isTaken ? 'taken' : 'refused'}`,
  source,
  ask: () => scheduleFault(expression) === undefined,
  answer: isTaken,
});

export const SCHEDULE_FACTS: Fact[] = [
  ...REFUSED.map((expression) => fact(expression, false, recording('events/test_events_schedule'))),
  ...TAKEN.map((expression) =>
    fact(
      expression,
      true,
      'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html',
    ),
  ),
];
