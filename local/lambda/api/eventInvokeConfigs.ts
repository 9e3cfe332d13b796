import { type AsyncSettings, DEFAULT_ASYNC_SETTINGS } from '../asyncSettings.ts';
import { ResourceNotFoundError } from '../errors.ts';
import type { LocalFunction } from '../functionDirectory.ts';
import type { Lambda } from '../lambda.ts';
import { range, refuse } from './constraints.ts';
import type { ApiRequest, ApiResponse } from './server.ts';

interface ConfigRequest {
  MaximumRetryAttempts?: number;
  MaximumEventAgeInSeconds?: number;
  DestinationConfig?: {
    OnFailure?: { Destination?: string };
    OnSuccess?: { Destination?: string };
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html */
export function getEventInvokeConfig(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  const entry = lambda.functions.find(name);
  return { statusCode: 200, body: configuration(entry, existing(entry)) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html */
export function listEventInvokeConfigs(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  const entry = lambda.functions.find(name);
  const { asyncSettings } = entry;
  const FunctionEventInvokeConfigs = asyncSettings ? [configuration(entry, asyncSettings)] : [];
  return { statusCode: 200, body: { FunctionEventInvokeConfigs } };
}

/** Replaces all settings: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export function putEventInvokeConfig(lambda: Lambda, request: ApiRequest): ApiResponse {
  return change(lambda, request, () => DEFAULT_ASYNC_SETTINGS);
}

/** Changes those that are given: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html */
export function updateEventInvokeConfig(lambda: Lambda, request: ApiRequest): ApiResponse {
  return change(lambda, request, existing);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html */
export function deleteEventInvokeConfig(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  const entry = lambda.functions.find(name);
  existing(entry);
  entry.asyncSettings = undefined;
  return { statusCode: 204 };
}

function change(
  lambda: Lambda,
  { name, body }: ApiRequest,
  base: (entry: LocalFunction) => AsyncSettings,
): ApiResponse {
  const entry = lambda.functions.find(name);
  const request = JSON.parse(body || '{}') as ConfigRequest;
  const { MaximumRetryAttempts: attempts, MaximumEventAgeInSeconds: age } = request;
  refuse([
    range('maximumRetryAttempts', attempts, 0, 2),
    range('maximumEventAgeInSeconds', age, 60, 21_600),
  ]);
  const { OnFailure, OnSuccess } = request.DestinationConfig ?? {};
  const settings = {
    ...base(entry),
    ...(attempts !== undefined && { maximumRetryAttempts: attempts }),
    ...(age !== undefined && { maximumEventAgeSeconds: age }),
    ...(OnFailure && { onFailureArn: OnFailure.Destination }),
    ...(OnSuccess && { onSuccessArn: OnSuccess.Destination }),
  };
  entry.asyncSettings = settings;
  return { statusCode: 200, body: configuration(entry, settings) };
}

function existing({ asyncSettings, model }: LocalFunction): AsyncSettings {
  if (asyncSettings) return asyncSettings;
  throw new ResourceNotFoundError(
    `The function ${model.arn}:$LATEST doesn't have an EventInvokeConfig`,
  );
}

function configuration({ model }: LocalFunction, settings: AsyncSettings) {
  const { onFailureArn, onSuccessArn } = settings;
  return {
    FunctionArn: `${model.arn}:$LATEST`,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    MaximumEventAgeInSeconds: settings.maximumEventAgeSeconds,
    DestinationConfig: {
      OnFailure: onFailureArn ? { Destination: onFailureArn } : {},
      OnSuccess: onSuccessArn ? { Destination: onSuccessArn } : {},
    },
  };
}
