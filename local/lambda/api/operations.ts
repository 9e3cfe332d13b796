import { decodePercent } from '../../httpServer.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import {
  deleteEventInvokeConfig,
  getEventInvokeConfig,
  listEventInvokeConfigs,
  putEventInvokeConfig,
  updateEventInvokeConfig,
} from './eventInvokeConfigs.ts';
import {
  getEventSourceMapping,
  listEventSourceMappings,
  updateEventSourceMapping,
} from './eventSourceMappings.ts';
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunction,
  getFunctionConcurrency,
  getFunctionConfiguration,
  listFunctions,
  putFunctionConcurrency,
} from './functions.ts';
import { invoke } from './invoke.ts';

type Operation = (lambda: ControlPlane, request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const OPERATIONS: [method: string, path: RegExp, operation: Operation][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invoke],
  ['GET', /^\/2015-03-31\/functions\/?$/, listFunctions],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, getFunction],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, getFunctionConfiguration],
  ['PUT', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, putFunctionConcurrency],
  ['DELETE', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, deleteFunctionConcurrency],
  ['GET', /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, getFunctionConcurrency],
  ['GET', /^\/2016-08-19\/account-settings\/?$/, getAccountSettings],
  ['GET', /^\/2015-03-31\/event-source-mappings\/?$/, listEventSourceMappings],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, getEventSourceMapping],
  ['PUT', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, updateEventSourceMapping],
  ['GET', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config\/list$/, listEventInvokeConfigs],
  ['GET', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, getEventInvokeConfig],
  ['PUT', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, putEventInvokeConfig],
  ['POST', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, updateEventInvokeConfig],
  ['DELETE', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, deleteEventInvokeConfig],
];

export function findOperation(
  method: string,
  path: string,
): { operation: Operation; name: string } | undefined {
  for (const [operationMethod, pattern, operation] of OPERATIONS) {
    const match = method === operationMethod && pattern.exec(path);
    if (match) return { operation, name: decodePercent(match[1] ?? '') };
  }
  return undefined;
}
