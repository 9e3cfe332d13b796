import type { IncomingHttpHeaders } from 'node:http';
import type { EventSourceMapping } from '../eventSourceMappings/eventSourceMapping.ts';
import type { ConcurrencyLimits } from '../functions/concurrency.ts';
import type { FunctionDirectory } from '../functions/functionDirectory.ts';
import type { InvocationResult, InvokeOptions } from '../functions/invocation.ts';

/** What the Lambda API reads, changes and invokes. */
export interface ControlPlane {
  readonly account: { accountId: string; region: string };
  readonly functions: FunctionDirectory;
  readonly limits: ConcurrencyLimits;
  readonly mappings: readonly EventSourceMapping[];
  now(): number;
  invoke(functionName: string, payload: string, options: InvokeOptions): Promise<InvocationResult>;
}

export interface ApiRequest {
  /** What the path's pattern caught, decoded. */
  name: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ApiResponse {
  statusCode: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, text as it is. */
  body?: unknown;
}
