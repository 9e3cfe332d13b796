import type { EventSourceMappingModel, NotRun, ScheduleModel } from './model.ts';
import type { ResolvedResource } from './readTemplate.ts';
import { isObject, TemplateError } from './resolve.ts';

/** A mapping of a queue to a function. Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export function readEventSourceMapping({
  logicalId,
  ref,
  properties,
}: ResolvedResource): EventSourceMappingModel | NotRun {
  const queueArn = String(properties.EventSourceArn);
  if (!queueArn.startsWith('arn:aws:sqs:'))
    return {
      what: `${logicalId} (event source ${queueArn})`,
      why: 'only SQS event sources are run',
    };
  if (queueArn.endsWith('.fifo'))
    return { what: `${logicalId} (event source ${queueArn})`, why: 'FIFO queues are not consumed' };
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

/** A rule with a schedule; rules on event patterns have no source here. */
export function readSchedule({
  ref,
  attributes,
  properties,
  logicalId,
}: ResolvedResource): ScheduleModel | NotRun {
  if (typeof properties.ScheduleExpression !== 'string')
    return { what: `${logicalId} (AWS::Events::Rule)`, why: 'only schedules are run' };
  const targets = Array.isArray(properties.Targets) ? properties.Targets.filter(isObject) : [];
  return {
    ruleName: ref,
    arn: attributes.Arn ?? '',
    expression: properties.ScheduleExpression,
    enabled: properties.State !== 'DISABLED',
    targets: targets.map((target) => ({
      functionName: functionNameOf(target.Arn),
      input: target.Input === undefined ? undefined : String(target.Input),
    })),
  };
}

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]` or the bare name. */
export function functionNameOf(arnOrName: unknown): string {
  const parts = String(arnOrName).split(':');
  return parts.length > 1 ? (parts[6] ?? '') : String(arnOrName);
}

function readFilters(criteria: unknown, path: string): Record<string, unknown>[] {
  const filters = isObject(criteria) && Array.isArray(criteria.Filters) ? criteria.Filters : [];
  return filters.map((filter, index) => {
    const pattern = isObject(filter) ? filter.Pattern : undefined;
    try {
      const parsed: unknown = JSON.parse(String(pattern));
      if (isObject(parsed)) return parsed;
    } catch {
      // reported below
    }
    throw new TemplateError(
      `${path}.Filters[${index}].Pattern`,
      `expected the JSON text of an object, got ${JSON.stringify(pattern)}`,
    );
  });
}
