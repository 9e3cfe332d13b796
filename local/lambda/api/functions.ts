import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { asUuid } from '../../template/identity.ts';
import type { FunctionModel } from '../../template/model.ts';
import { packageDigest } from '../environments/taskRoot.ts';
import { InvalidParameterError } from '../errors.ts';
import type { LocalFunction } from '../functions/functionDirectory.ts';
import { jsonBody, oneOf, range, refuse, required } from './constraints.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import { page } from './page.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CODE_LIMITS = {
  TotalCodeSize: 80_530_636_800,
  CodeSizeUnzipped: 262_144_000,
  CodeSizeZipped: 52_428_800,
};
const MAXIMUM_CONCURRENCY = 1_000_000;
const EPHEMERAL_STORAGE_MB = 512;
const LIST_LIMITS = { maxItems: 10_000, perPage: 50 };

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function listFunctions(lambda: ControlPlane, { query }: ApiRequest): ApiResponse {
  refuse([oneOf('functionVersion', query.get('FunctionVersion') ?? undefined, ['ALL'])]);
  const { items, NextMarker } = page(query, lambda.functions.all(), LIST_LIMITS);
  const Functions = items.map(({ model }) => configuration(model));
  return { statusCode: 200, body: { Functions, NextMarker } };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
export function getFunction(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  const { model } = findByQuery(lambda, request);
  const body = {
    Configuration: configuration(model),
    Code: { RepositoryType: 'S3', Location: pathToFileURL(model.zipPath).href },
    Tags: {},
    ...(reserved(lambda, model.name) !== undefined && {
      Concurrency: concurrency(lambda, model.name),
    }),
  };
  return { statusCode: 200, body };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
export function getFunctionConfiguration(lambda: ControlPlane, request: ApiRequest): ApiResponse {
  return { statusCode: 200, body: configuration(findByQuery(lambda, request).model) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html */
export function putFunctionConcurrency(
  lambda: ControlPlane,
  { name, body }: ApiRequest,
): ApiResponse {
  const { model } = findUnqualified(lambda, name, 'findVersion');
  const wanted = jsonBody(body).ReservedConcurrentExecutions;
  const field = 'reservedConcurrentExecutions';
  refuse([required(field, wanted), range(field, wanted, 0, MAXIMUM_CONCURRENCY)]);
  lambda.limits.reserve(model.name, wanted as number);
  return { statusCode: 200, body: concurrency(lambda, model.name) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html */
export function deleteFunctionConcurrency(lambda: ControlPlane, { name }: ApiRequest): ApiResponse {
  lambda.limits.reserve(findUnqualified(lambda, name, 'findVersion').model.name, undefined);
  return { statusCode: 204 };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html */
export function getFunctionConcurrency(lambda: ControlPlane, { name }: ApiRequest): ApiResponse {
  const { model } = findUnqualified(lambda, name, 'find');
  return { statusCode: 200, body: concurrency(lambda, model.name) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
export function getAccountSettings({ functions, limits }: ControlPlane): ApiResponse {
  const sizes = functions.all().map(({ model }) => packageDigest(model.zipPath).bytes);
  const body = {
    AccountLimit: {
      ...CODE_LIMITS,
      ConcurrentExecutions: limits.accountQuota,
      UnreservedConcurrentExecutions: limits.unreservedLimit,
    },
    AccountUsage: {
      TotalCodeSize: sizes.reduce((sum, size) => sum + size, 0),
      FunctionCount: sizes.length,
    },
  };
  return { statusCode: 200, body };
}

function findByQuery(lambda: ControlPlane, { name, query }: ApiRequest): LocalFunction {
  return lambda.functions.find(name, query.get('Qualifier') ?? undefined);
}

/** Concurrency belongs to a function, never to one of its versions. */
function findUnqualified(
  { functions }: ControlPlane,
  name: string,
  find: 'find' | 'findVersion',
): LocalFunction {
  if (functions.reference(name).qualifier !== undefined)
    throw new InvalidParameterError(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  return functions[find](name);
}

function reserved(lambda: ControlPlane, name: string): number | undefined {
  return lambda.limits.usage(name).reserved;
}

function concurrency(lambda: ControlPlane, name: string) {
  return { ReservedConcurrentExecutions: reserved(lambda, name) };
}

function configuration(model: FunctionModel) {
  const { sha256: CodeSha256, bytes: CodeSize } = packageDigest(model.zipPath);
  return {
    FunctionName: model.name,
    FunctionArn: model.arn,
    Description: '',
    Architectures: ['x86_64'],
    TracingConfig: { Mode: 'PassThrough' },
    ...model.described,
    Runtime: model.runtime,
    Handler: model.handler,
    CodeSize,
    CodeSha256,
    Timeout: model.timeoutSeconds,
    MemorySize: model.memoryMb,
    EphemeralStorage: { Size: EPHEMERAL_STORAGE_MB },
    LastModified: statSync(model.zipPath).mtime.toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    RevisionId: revisionId({ ...model, CodeSha256 }),
    ...(Object.keys(model.environment).length > 0 && {
      Environment: { Variables: model.environment },
    }),
    ...(model.deadLetterArn && { DeadLetterConfig: { TargetArn: model.deadLetterArn } }),
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${model.name}` },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

/** A UUID that changes with the function's code and settings, and only with them. */
function revisionId(revision: object): string {
  return asUuid(createHash('sha256').update(JSON.stringify(revision)).digest('hex'));
}
