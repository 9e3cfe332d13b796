import { scheduleFault } from '../../lambda/schedules/scheduleExpression.ts';
import {
  arnOf,
  atMost,
  given,
  json,
  listOf,
  needed,
  objectOf,
  oneOf,
  type ResourceRules,
  type Rule,
  shorterThan,
  type Together,
  whole,
  written,
} from './rule.ts';

const INPUTS = ['Input', 'InputPath', 'InputTransformer'];

const ofRule: Together = (properties) => {
  const {
    ScheduleExpression: expression,
    EventPattern,
    EventBusName: bus = 'default',
  } = properties;
  const targets = listOf(properties.Targets);
  const ids = targets.map(({ Id }) => Id);
  return [
    expression === undefined &&
      EventPattern === undefined &&
      'EventPattern or ScheduleExpression has to be there',
    expression !== undefined && scheduleFault(String(expression)),
    expression !== undefined &&
      !/(^|\/)default$/.test(String(bus)) &&
      `a ScheduleExpression is for the default event bus alone, got ${bus}`,
    new Set(ids).size < ids.length && `Targets: each Id is there once, got ${ids.join(', ')}`,
    ...targets.flatMap((target, index) => [
      ...needed(target, ['Arn', 'Id']).map((fault) => `Targets[${index}].${fault}`),
      given(target, INPUTS).length > 1 &&
        `Targets[${index}] has one of ${INPUTS.join(', ')}, got ${given(target, INPUTS).join(' and ')}`,
    ]),
  ];
};

const ofSchedule: Together = (properties) => {
  const { Mode, MaximumWindowInMinutes: window } = objectOf(properties.FlexibleTimeWindow);
  return [
    ...needed(properties, ['ScheduleExpression', 'FlexibleTimeWindow', 'Target']),
    properties.ScheduleExpression !== undefined &&
      scheduleFault(String(properties.ScheduleExpression), 'aws.scheduler'),
    (Mode === 'FLEXIBLE') !== (window !== undefined) &&
      'FlexibleTimeWindow has MaximumWindowInMinutes with the Mode FLEXIBLE, and with no other',
  ];
};

const zone: Rule = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: String(value) });
    return undefined;
  } catch {
    return 'a time zone';
  }
};

export const SCHEDULE_RULES: Record<string, ResourceRules> = {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
  'AWS::Events::Rule': {
    values: {
      Name: written(/^[.\w-]{1,64}$/, '1 to 64 letters, digits, . - and _'),
      State: oneOf('ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'),
      ScheduleExpression: shorterThan(256),
      Targets: atMost(5, 'targets'),
      'Targets[].Id': written(/^[.\w-]{1,64}$/, '1 to 64 letters, digits, . - and _'),
      'Targets[].Input': json,
      'Targets[].InputPath': written(/^\$/, 'a JSON path, which begins with $'),
      'Targets[].RetryPolicy.MaximumRetryAttempts': whole(0, 185),
      'Targets[].RetryPolicy.MaximumEventAgeInSeconds': whole(60, 86_400),
      'Targets[].DeadLetterConfig.Arn': arnOf('sqs'),
    },
    together: ofRule,
  },
  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  'AWS::Scheduler::Schedule': {
    values: {
      Name: written(/^[.\w-]{1,64}$/, '1 to 64 letters, digits, . - and _'),
      State: oneOf('ENABLED', 'DISABLED'),
      ScheduleExpressionTimezone: zone,
      'FlexibleTimeWindow.Mode': oneOf('OFF', 'FLEXIBLE'),
      'FlexibleTimeWindow.MaximumWindowInMinutes': whole(1, 1440),
      'Target.Input': json,
      'Target.RetryPolicy.MaximumRetryAttempts': whole(0, 185),
      'Target.RetryPolicy.MaximumEventAgeInSeconds': whole(60, 86_400),
      'Target.DeadLetterConfig.Arn': arnOf('sqs'),
    },
    together: ofSchedule,
  },
};
