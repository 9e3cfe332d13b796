import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { FunctionModel } from '../../template/model.ts';
import type { Lambda } from '../lambda.ts';
import { range, refuse, required } from './constraints.ts';
import type { ApiRequest, ApiResponse } from './server.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const CODE_LIMITS = {
  TotalCodeSize: 80_530_636_800,
  CodeSizeUnzipped: 262_144_000,
  CodeSizeZipped: 52_428_800,
};
const MAXIMUM_CONCURRENCY = 1_000_000;

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function listFunctions(lambda: Lambda): ApiResponse {
  const Functions = lambda.functions.all().map(({ model }) => configuration(model));
  return { statusCode: 200, body: { Functions } };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
export function getFunction(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  const { model } = lambda.functions.find(name);
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
export function getFunctionConfiguration(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  return { statusCode: 200, body: configuration(lambda.functions.find(name).model) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html */
export function putFunctionConcurrency(lambda: Lambda, { name, body }: ApiRequest): ApiResponse {
  const { model } = lambda.functions.find(name);
  const wanted: unknown = JSON.parse(body || '{}').ReservedConcurrentExecutions;
  const field = 'reservedConcurrentExecutions';
  refuse([required(field, wanted), range(field, wanted, 0, MAXIMUM_CONCURRENCY)]);
  lambda.limits.reserve(model.name, wanted as number);
  return { statusCode: 200, body: concurrency(lambda, model.name) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html */
export function deleteFunctionConcurrency(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  lambda.limits.reserve(lambda.functions.find(name).model.name, undefined);
  return { statusCode: 204 };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html */
export function getFunctionConcurrency(lambda: Lambda, { name }: ApiRequest): ApiResponse {
  return { statusCode: 200, body: concurrency(lambda, lambda.functions.find(name).model.name) };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html */
export function getAccountSettings({ functions, limits }: Lambda): ApiResponse {
  const sizes = functions.all().map(({ model }) => statSync(model.zipPath).size);
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

function reserved(lambda: Lambda, name: string): number | undefined {
  return lambda.limits.usage(name).reserved;
}

function concurrency(lambda: Lambda, name: string) {
  return { ReservedConcurrentExecutions: reserved(lambda, name) };
}

function configuration(model: FunctionModel) {
  const zip = readFileSync(model.zipPath);
  return {
    FunctionName: model.name,
    FunctionArn: model.arn,
    Runtime: model.runtime,
    Handler: model.handler,
    CodeSize: zip.length,
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    Timeout: model.timeoutSeconds,
    MemorySize: model.memoryMb,
    LastModified: statSync(model.zipPath).mtime.toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    Environment: { Variables: model.environment },
    ...(model.deadLetterArn && { DeadLetterConfig: { TargetArn: model.deadLetterArn } }),
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}
