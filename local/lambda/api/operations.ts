import { createRouter } from '../../gateway/routes.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import * as configs from './eventInvokeConfigs.ts';
import * as mappings from './eventSourceMappings.ts';
import * as functions from './functions.ts';
import { invoke } from './invoke.ts';

type Operation = (lambda: ControlPlane, request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const OPERATIONS: Record<string, Operation> = {
  'POST /2015-03-31/functions/{name}/invocations': invoke,
  'GET /2015-03-31/functions/{name}': functions.getFunction,
  'GET /2015-03-31/functions/{name}/configuration': functions.getFunctionConfiguration,
  'PUT /2017-10-31/functions/{name}/concurrency': functions.putFunctionConcurrency,
  'DELETE /2017-10-31/functions/{name}/concurrency': functions.deleteFunctionConcurrency,
  'GET /2019-09-30/functions/{name}/concurrency': functions.getFunctionConcurrency,
  'GET /2015-03-31/event-source-mappings/{name}': mappings.getEventSourceMapping,
  'PUT /2015-03-31/event-source-mappings/{name}': mappings.updateEventSourceMapping,
  'GET /2019-09-25/functions/{name}/event-invoke-config/list': configs.listEventInvokeConfigs,
  'GET /2019-09-25/functions/{name}/event-invoke-config': configs.getEventInvokeConfig,
  'PUT /2019-09-25/functions/{name}/event-invoke-config': configs.putEventInvokeConfig,
  'POST /2019-09-25/functions/{name}/event-invoke-config': configs.updateEventInvokeConfig,
  'DELETE /2019-09-25/functions/{name}/event-invoke-config': configs.deleteEventInvokeConfig,
};

/** Some SDKs end the path of these with a slash. */
const LISTS: Record<string, Operation> = {
  'GET /2015-03-31/functions': functions.listFunctions,
  'GET /2015-03-31/event-source-mappings': mappings.listEventSourceMappings,
  'GET /2016-08-19/account-settings': functions.getAccountSettings,
};

export const findOperation = createRouter([
  ...Object.entries(OPERATIONS).map(([routeKey, operation]) => ({ routeKey, operation })),
  ...Object.entries(LISTS).flatMap(([path, operation]) =>
    [path, `${path}/`].map((routeKey) => ({ routeKey, operation })),
  ),
]);
