import { InvalidParameterError, ResourceNotFoundError } from '../errors.ts';
import type { EventSourceMapping, MappingChange } from '../eventSourceMapping.ts';
import type { Lambda } from '../lambda.ts';
import { range, refuse } from './constraints.ts';
import type { ApiRequest, ApiResponse } from './server.ts';

interface UpdateRequest {
  Enabled?: boolean;
  BatchSize?: number;
  MaximumBatchingWindowInSeconds?: number;
  ScalingConfig?: { MaximumConcurrency?: number };
  FunctionResponseTypes?: string[];
  FilterCriteria?: { Filters?: { Pattern: string }[] };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
export function listEventSourceMappings(lambda: Lambda, { query }: ApiRequest): ApiResponse {
  const name = query.get('FunctionName');
  const queueArn = query.get('EventSourceArn');
  const functionName = name === null ? undefined : lambda.functions.find(name).model.name;
  const mappings = lambda.mappings.filter(
    ({ settings }) =>
      (functionName === undefined || settings.functionName === functionName) &&
      (queueArn === null || settings.queueArn === queueArn),
  );
  const EventSourceMappings = mappings.map((mapping) => configuration(lambda, mapping));
  return { statusCode: 200, body: { EventSourceMappings } };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
export function getEventSourceMapping(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  return { statusCode: 200, body: configuration(lambda, find(lambda, name)) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html */
export function updateEventSourceMapping(lambda: Lambda, { name, body }: ApiRequest): ApiResponse {
  const mapping = find(lambda, name);
  const request = JSON.parse(body || '{}') as UpdateRequest;
  const maximum = request.ScalingConfig?.MaximumConcurrency;
  refuse([
    range('batchSize', request.BatchSize, 1, 10_000),
    range('maximumBatchingWindowInSeconds', request.MaximumBatchingWindowInSeconds, 0, 300),
    range('scalingConfig.maximumConcurrency', maximum, 2, 1000),
    responseTypesFault(request.FunctionResponseTypes),
  ]);
  const change = changeOf(request);
  const { batchSize, windowSeconds } = { ...mapping.settings, ...change };
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  if (batchSize > 10 && windowSeconds === 0)
    throw new InvalidParameterError(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  mapping.update(change);
  return { statusCode: 202, body: configuration(lambda, mapping) };
}

function responseTypesFault(types: string[] | undefined): string | undefined {
  if (!types || types.every((type) => type === 'ReportBatchItemFailures')) return undefined;
  return `Value '[${types.join(', ')}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]`;
}

function changeOf(request: UpdateRequest): MappingChange {
  const { Enabled, BatchSize, MaximumBatchingWindowInSeconds: window, ScalingConfig } = request;
  const { FunctionResponseTypes: types, FilterCriteria } = request;
  return {
    ...(Enabled !== undefined && { enabled: Enabled }),
    ...(BatchSize !== undefined && { batchSize: BatchSize }),
    ...(window !== undefined && { windowSeconds: window }),
    // An empty ScalingConfig takes the maximum away.
    ...(ScalingConfig && { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
    ...(types && { reportBatchItemFailures: types.length > 0 }),
    ...(FilterCriteria && { filters: (FilterCriteria.Filters ?? []).map(filterPattern) }),
  };
}

function filterPattern({ Pattern }: { Pattern: string }): Record<string, unknown> {
  try {
    return JSON.parse(Pattern) as Record<string, unknown>;
  } catch {
    throw new InvalidParameterError('Invalid filter pattern definition.');
  }
}

function find(lambda: Lambda, uuid: string): EventSourceMapping {
  const mapping = lambda.mappings.find(({ settings }) => settings.uuid === uuid);
  if (!mapping) throw new ResourceNotFoundError('The resource you requested does not exist.');
  return mapping;
}

function configuration(lambda: Lambda, { settings }: EventSourceMapping) {
  const { region, accountId } = lambda.options;
  const { uuid, maximumConcurrency, filters } = settings;
  return {
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`,
    EventSourceArn: settings.queueArn,
    FunctionArn: lambda.functions.find(settings.functionName).model.arn,
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.windowSeconds,
    FunctionResponseTypes: settings.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    State: settings.enabled ? 'Enabled' : 'Disabled',
    StateTransitionReason: 'USER_INITIATED',
    ...(maximumConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: maximumConcurrency },
    }),
    ...(filters.length > 0 && {
      FilterCriteria: { Filters: filters.map((filter) => ({ Pattern: JSON.stringify(filter) })) },
    }),
  };
}
