import { decodePercent } from '../../httpServer.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';
import * as configs from './eventInvokeConfigs.ts';
import * as mappings from './eventSourceMappings.ts';
import * as functions from './functions.ts';
import { invoke } from './invoke.ts';

type Operation = (lambda: ControlPlane, request: ApiRequest) => ApiResponse | Promise<ApiResponse>;

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const OPERATIONS: [method: string, path: RegExp, operation: Operation][] = [
  ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, invoke],
  ['GET', /^\/2015-03-31\/functions\/?$/, functions.listFunctions],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, functions.getFunction],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, functions.getFunctionConfiguration],
  ['PUT', /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, functions.putFunctionConcurrency],
  [
    'DELETE',
    /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/,
    functions.deleteFunctionConcurrency,
  ],
  ['GET', /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, functions.getFunctionConcurrency],
  ['GET', /^\/2016-08-19\/account-settings\/?$/, functions.getAccountSettings],
  ['GET', /^\/2015-03-31\/event-source-mappings\/?$/, mappings.listEventSourceMappings],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, mappings.getEventSourceMapping],
  ['PUT', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, mappings.updateEventSourceMapping],
  [
    'GET',
    /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config\/list$/,
    configs.listEventInvokeConfigs,
  ],
  ['GET', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, configs.getEventInvokeConfig],
  ['PUT', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, configs.putEventInvokeConfig],
  [
    'POST',
    /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/,
    configs.updateEventInvokeConfig,
  ],
  [
    'DELETE',
    /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/,
    configs.deleteEventInvokeConfig,
  ],
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
