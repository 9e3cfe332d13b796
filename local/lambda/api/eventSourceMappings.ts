import { parseJson } from '../../../common/json.ts';
import { InvalidParameterError, ResourceNotFoundError } from '../errors.ts';
import type {
  EventSourceMapping,
  MappingChange,
} from '../eventSourceMappings/eventSourceMapping.ts';
import { patternFault } from '../eventSourceMappings/filterCriteria.ts';
import { jsonBody, listMember, objectMember, range, refuse, truthMember } from './constraints.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import { page } from './page.ts';

type UpdateRequest = Record<string, unknown>;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html: they belong to other event sources. */
export const NOT_OF_QUEUES = [
  'AmazonManagedKafkaEventSourceConfig',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'DocumentDBEventSourceConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'TumblingWindowInSeconds',
];
const NOT_RUN = ['KMSKeyArn', 'LoggingConfig', 'MetricsConfig', 'ProvisionedPollerConfig'];
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MAXIMUM_FILTERS = 5;
const LIST_LIMITS = { maxItems: 10_000, perPage: 100 };

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html */
export function listEventSourceMappings(lambda: ControlPlane, { query }: ApiRequest): ApiResponse {
  const name = query.get('FunctionName');
  const queueArn = query.get('EventSourceArn');
  const functionName = name === null ? undefined : lambda.functions.find(name).model.name;
  const mappings = lambda.mappings.filter(
    ({ settings }) =>
      (functionName === undefined || settings.functionName === functionName) &&
      (queueArn === null || settings.queueArn === queueArn),
  );
  const { items, NextMarker } = page(query, mappings, LIST_LIMITS);
  const EventSourceMappings = items.map((mapping) => configuration(lambda, mapping));
  return { statusCode: 200, body: { EventSourceMappings, NextMarker } };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
export function getEventSourceMapping(lambda: ControlPlane, { name }: ApiRequest): ApiResponse {
  return { statusCode: 200, body: configuration(lambda, find(lambda, name)) };
}

/**
 * Takes effect at once; the answer still has the state that AWS passes through.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 */
export function updateEventSourceMapping(
  lambda: ControlPlane,
  { name, body }: ApiRequest,
): ApiResponse {
  const mapping = find(lambda, name);
  const request = jsonBody(body);
  const change = changeOf(lambda, request);
  const { batchSize, windowSeconds, enabled } = { ...mapping.settings, ...change };
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  if (batchSize > 10 && windowSeconds === 0)
    throw new InvalidParameterError(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  const isSwitched = enabled !== mapping.settings.enabled;
  mapping.update(change);
  const State = isSwitched ? (enabled ? 'Enabling' : 'Disabling') : 'Updating';
  return { statusCode: 202, body: { ...configuration(lambda, mapping), State } };
}

function changeOf(lambda: ControlPlane, request: UpdateRequest): MappingChange {
  refuseUnsupported(request);
  const { BatchSize, MaximumBatchingWindowInSeconds: window, FunctionName } = request;
  const enabled = truthMember(request, 'Enabled');
  const scaling = objectMember(request, 'ScalingConfig');
  const types = listMember(request, 'FunctionResponseTypes');
  const criteria = objectMember(request, 'FilterCriteria');
  refuse([
    range('batchSize', BatchSize, 1, 10_000),
    range('maximumBatchingWindowInSeconds', window, 0, 300),
    range('scalingConfig.maximumConcurrency', scaling?.MaximumConcurrency, 2, 1000),
    responseTypesFault(types),
  ]);
  return {
    ...(isGiven(FunctionName) && { functionName: functionName(lambda, String(FunctionName)) }),
    ...(enabled !== undefined && { enabled }),
    ...(isGiven(BatchSize) && { batchSize: Number(BatchSize) }),
    ...(isGiven(window) && { windowSeconds: Number(window) }),
    // An empty ScalingConfig takes the maximum away.
    ...(scaling && { maximumConcurrency: maximumOf(scaling) }),
    ...(types && { reportBatchItemFailures: types.length > 0 }),
    ...(criteria && { filters: filterPatterns(criteria) }),
  };
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function refuseUnsupported(request: UpdateRequest): void {
  for (const name of NOT_OF_QUEUES)
    if (isGiven(request[name]))
      throw new InvalidParameterError(
        `Unsupported ${name} parameter for given event source mapping type.`,
      );
  for (const name of NOT_RUN)
    if (isGiven(request[name])) throw new InvalidParameterError(`${name} is not run locally.`);
}

function responseTypesFault(types: unknown[] | undefined): string | undefined {
  if (!types || types.every((type) => type === 'ReportBatchItemFailures')) return undefined;
  return `Value '[${types.join(', ')}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]`;
}

function functionName({ functions }: ControlPlane, given: string): string {
  const entry = functions.at(functions.reference(given));
  if (!entry) throw new InvalidParameterError('Function does not exist');
  return entry.model.name;
}

function maximumOf({ MaximumConcurrency: maximum }: Record<string, unknown>): number | undefined {
  return isGiven(maximum) ? Number(maximum) : undefined;
}

function filterPatterns(criteria: Record<string, unknown>): Record<string, unknown>[] {
  const filters = listMember(criteria, 'Filters') ?? [];
  if (filters.length > MAXIMUM_FILTERS)
    throw new InvalidParameterError(`There are more than ${MAXIMUM_FILTERS} filters.`);
  return filters.map(filterPattern);
}

function filterPattern(filter: unknown): Record<string, unknown> {
  const text = String((filter as { Pattern?: unknown } | null)?.Pattern);
  const pattern = parseJson(text);
  const fault = pattern === undefined ? `${text} is not JSON` : patternFault(pattern);
  if (fault === undefined) return pattern as Record<string, unknown>;
  // AWS says the first sentence only.
  throw new InvalidParameterError(`Invalid filter pattern definition. (${fault})`);
}

function find(lambda: ControlPlane, uuid: string): EventSourceMapping {
  const mapping = lambda.mappings.find(({ settings }) => settings.uuid === uuid);
  if (!mapping) throw new ResourceNotFoundError('The resource you requested does not exist.');
  return mapping;
}

function configuration(lambda: ControlPlane, { settings, modifiedAtMs }: EventSourceMapping) {
  const { region, accountId } = lambda.account;
  const { uuid, maximumConcurrency, filters } = settings;
  return {
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${region}:${accountId}:event-source-mapping:${uuid}`,
    EventSourceArn: settings.queueArn,
    FunctionArn: lambda.functions.find(settings.functionName).model.arn,
    LastModified: modifiedAtMs / 1000,
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
