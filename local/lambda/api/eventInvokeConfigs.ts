import type { AsyncSettings } from '../asyncEvents/asyncSettings.ts';
import { InvalidParameterError, ResourceNotFoundError } from '../errors.ts';
import type { EventInvokeConfig, LocalFunction } from '../functions/functionDirectory.ts';
import type { FunctionReference } from '../functions/functionReference.ts';
import { jsonBody, objectMember, range, refuse } from './constraints.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import { page } from './page.ts';

const LIST_LIMITS = { maxItems: 50, perPage: 50 };
const DESTINATION_SERVICES = ['sqs', 'sns', 'lambda'];

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html */
export function getEventInvokeConfig(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  const { entry, config } = existing(lambda, referenced(lambda, request));
  return { statusCode: 200, body: configuration(entry, config) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html */
export function listEventInvokeConfigs(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  const entry = found(lambda, referenced(lambda, request));
  const { eventInvokeConfig: config } = entry;
  const configs = config ? [configuration(entry, config)] : [];
  const { items, NextMarker } = page(request.query, configs, LIST_LIMITS);
  return { statusCode: 200, body: { FunctionEventInvokeConfigs: items, NextMarker } };
}

/** Replaces all settings: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export function putEventInvokeConfig(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  const given = settingsOf(lambda, request);
  return change(lambda, found(lambda, referenced(lambda, request)), given);
}

/** Changes those that are given: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html */
export function updateEventInvokeConfig(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  const given = settingsOf(lambda, request);
  const reference = referenced(lambda, request);
  found(lambda, reference);
  const { entry, config } = existing(lambda, reference);
  return change(lambda, entry, { ...config.settings, ...given });
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html */
export function deleteEventInvokeConfig(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  existing(lambda, referenced(lambda, request)).entry.eventInvokeConfig = undefined;
  return { statusCode: 204 };
}

function referenced({ functions }: ControlPlane, { name, query }: ApiRequest): FunctionReference {
  return functions.reference(name, query.get('Qualifier') ?? undefined);
}

function found({ functions }: ControlPlane, reference: FunctionReference): LocalFunction {
  const entry = functions.at(reference);
  if (!entry) throw new ResourceNotFoundError("The function doesn't exist.");
  return entry;
}

/** A function or version that is not there has none either. */
function existing(
  { functions }: ControlPlane,
  reference: FunctionReference,
): { entry: LocalFunction; config: EventInvokeConfig } {
  const entry = functions.at(reference);
  const config = entry?.eventInvokeConfig;
  if (entry && config) return { entry, config };
  const arn = reference.qualifier === undefined ? `${reference.arn}:$LATEST` : reference.arn;
  throw new ResourceNotFoundError(`The function ${arn} doesn't have an EventInvokeConfig`);
}

function settingsOf(lambda: ControlPlane, request: ApiRequest): Partial<AsyncSettings> {
  const body = jsonBody(request.body);
  const { MaximumRetryAttempts: attempts, MaximumEventAgeInSeconds: age } = body;
  const destinations = objectMember(body, 'DestinationConfig');
  refuse([
    range('maximumRetryAttempts', attempts, 0, 2),
    range('maximumEventAgeInSeconds', age, 60, 21_600),
  ]);
  if ((attempts ?? age ?? destinations) === undefined)
    throw new InvalidParameterError(
      'You must specify at least one of error handling or destination setting.',
    );
  return {
    ...(typeof attempts === 'number' && { maximumRetryAttempts: attempts }),
    ...(typeof age === 'number' && { maximumEventAgeSeconds: age }),
    ...destination(lambda, request, destinations, 'OnFailure', 'onFailureArn'),
    ...destination(lambda, request, destinations, 'OnSuccess', 'onSuccessArn'),
  };
}

/** An empty destination takes the one before away. */
function destination(
  lambda: ControlPlane,
  request: ApiRequest,
  destinations: Record<string, unknown> | undefined,
  member: string,
  setting: 'onFailureArn' | 'onSuccessArn',
): Partial<AsyncSettings> {
  const given = destinations && objectMember(destinations, member);
  if (!given) return {};
  const arn = given.Destination ? String(given.Destination) : undefined;
  if (arn !== undefined) checkDestination(lambda, referenced(lambda, request), arn);
  return { [setting]: arn };
}

function checkDestination(
  { functions }: ControlPlane,
  { name }: FunctionReference,
  arn: string,
): void {
  const service = arn.split(':')[2] ?? '';
  if (!DESTINATION_SERVICES.includes(service))
    throw new InvalidParameterError(
      `The provided destination ${arn} is invalid, or of a service that is not run locally. The services run are: ${DESTINATION_SERVICES.join(', ')}.`,
    );
  if (service !== 'lambda') return;
  const reference = functions.reference(arn);
  if (reference.name === name)
    throw new InvalidParameterError("You can't specify the function as a destination for itself.");
  if (!functions.at(reference))
    throw new InvalidParameterError(`The destination ARN ${arn} is invalid.`);
}

function change(
  { now }: ControlPlane,
  entry: LocalFunction,
  settings: Partial<AsyncSettings>,
): ApiResponse {
  const config = { settings, modifiedAtMs: now() };
  entry.eventInvokeConfig = config;
  return { statusCode: 200, body: configuration(entry, config) };
}

function configuration({ model }: LocalFunction, { settings, modifiedAtMs }: EventInvokeConfig) {
  const { onFailureArn, onSuccessArn } = settings;
  return {
    FunctionArn: `${model.arn}:$LATEST`,
    LastModified: modifiedAtMs / 1000,
    // What was not set is left out of the answer.
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    MaximumEventAgeInSeconds: settings.maximumEventAgeSeconds,
    DestinationConfig: {
      OnFailure: onFailureArn ? { Destination: onFailureArn } : {},
      OnSuccess: onSuccessArn ? { Destination: onSuccessArn } : {},
    },
  };
}
