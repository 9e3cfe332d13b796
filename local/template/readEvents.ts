import { isObject, parseJson } from '../../common/json.ts';
import { isLookedUp } from './deployRules/rule.ts';
import { functionNameOf } from './functionName.ts';
import type { EventSourceMappingModel, ScheduleModel } from './model.ts';
import type { Reading } from './reading.ts';
import { TemplateError } from './resolve.ts';
import type { ResolvedResource } from './resolveResources.ts';

/** A mapping of a queue to a function. Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export function readEventSourceMapping(
  { logicalId, ref, properties }: ResolvedResource,
  reading: Reading,
): EventSourceMappingModel | undefined {
  const queueArn = String(properties.EventSourceArn);
  const obstacle = obstacleOf(queueArn, properties.FunctionName, reading);
  if (obstacle) {
    reading.report(`${logicalId} (event source ${queueArn})`, obstacle);
    return undefined;
  }
  const scaling = isObject(properties.ScalingConfig)
    ? properties.ScalingConfig.MaximumConcurrency
    : undefined;
  const responseTypes = Array.isArray(properties.FunctionResponseTypes)
    ? properties.FunctionResponseTypes
    : [];
  return {
    uuid: ref,
    functionName: functionNameOf(properties.FunctionName),
    queueArn,
    enabled: String(properties.Enabled ?? true) === 'true',
    batchSize: Number(properties.BatchSize ?? 10),
    windowSeconds: Number(properties.MaximumBatchingWindowInSeconds ?? 0),
    maximumConcurrency: scaling === undefined ? undefined : Number(scaling),
    reportBatchItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    filters: readFilters(
      properties.FilterCriteria,
      `Resources.${logicalId}.Properties.FilterCriteria`,
    ),
  };
}

function obstacleOf(queueArn: string, called: unknown, reading: Reading): string | undefined {
  if (!queueArn.startsWith('arn:aws:sqs:')) return 'only SQS event sources are run';
  if (queueArn.endsWith('.fifo')) return 'FIFO queues are not consumed';
  if (!reading.isRun(queueArn)) return 'the queue is not in the template';
  if (!reading.runsFunction(called)) return `its function ${called} is not run`;
  return undefined;
}

/** A rule with a schedule; rules on event patterns have no source here. */
export function readRule(
  { ref, attributes, properties, logicalId }: ResolvedResource,
  reading: Reading,
): ScheduleModel | undefined {
  if (typeof properties.ScheduleExpression !== 'string') {
    reading.report(`${logicalId} (AWS::Events::Rule)`, 'only schedules are run');
    return undefined;
  }
  if (isLookedUp(properties.ScheduleExpression)) return undefined;
  const targets = Array.isArray(properties.Targets) ? properties.Targets.filter(isObject) : [];
  return {
    ruleName: ref,
    arn: attributes.Arn ?? '',
    expression: properties.ScheduleExpression,
    enabled: properties.State !== 'DISABLED',
    targets: targets.flatMap((target) => readScheduleTarget(target, logicalId, reading)),
  };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
export function readSchedule(
  { ref, attributes, properties, logicalId }: ResolvedResource,
  reading: Reading,
): ScheduleModel | undefined {
  const { ScheduleExpressionTimezone: zone = 'UTC', Target: target, State } = properties;
  const expression = String(properties.ScheduleExpression);
  const place = `${logicalId} (AWS::Scheduler::Schedule)`;
  if (isLookedUp(expression)) return undefined;
  if (/^at\(/i.test(expression)) {
    reading.report(place, 'a schedule of one time is not run');
    return undefined;
  }
  if (expression.startsWith('cron') && !/^(Etc\/)?UTC$/.test(String(zone)))
    reading.report(place, `its hours are those of UTC here, not of ${zone}`);
  const { Input: input } = isObject(target) ? target : {};
  if (String(input).includes('<aws.scheduler.'))
    reading.report(place, 'the context attributes in its input stay as they are written');
  return {
    ruleName: ref,
    arn: attributes.Arn ?? '',
    expression,
    enabled: State !== 'DISABLED',
    source: 'aws.scheduler',
    targets: isObject(target) ? readScheduleTarget(target, logicalId, reading) : [],
  };
}

function readScheduleTarget(
  { Arn: arn, Input: input, ...shaping }: Record<string, unknown>,
  logicalId: string,
  { report, runsFunction }: Reading,
): ScheduleModel['targets'] {
  const shape = ['InputPath', 'InputTransformer'].find((name) => shaping[name] !== undefined);
  if (!String(arn).startsWith('arn:aws:lambda:') || !runsFunction(arn))
    report(`${logicalId} (target ${arn})`, 'only functions that are run are invoked by a schedule');
  else if (shape !== undefined)
    report(`${logicalId} (target ${arn})`, `a target with ${shape} is not invoked`);
  else {
    const text = input === undefined ? undefined : String(input);
    return [{ functionName: functionNameOf(arn), input: text }];
  }
  return [];
}

function readFilters(criteria: unknown, path: string): Record<string, unknown>[] {
  const filters = isObject(criteria) && Array.isArray(criteria.Filters) ? criteria.Filters : [];
  return filters.map((filter, index) => {
    const pattern = isObject(filter) ? filter.Pattern : undefined;
    const parsed = parseJson(String(pattern));
    if (isObject(parsed)) return parsed;
    throw new TemplateError(
      `${path}.Filters[${index}].Pattern`,
      `expected the JSON text of an object, got ${JSON.stringify(pattern)}`,
    );
  });
}
