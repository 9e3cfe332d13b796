/** What a caller may ask for: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export interface InvokeOptions {
  type?: 'RequestResponse' | 'Event' | 'DryRun';
  /** JSON text */
  clientContext?: string | undefined;
  traceId?: string | undefined;
  logTail?: boolean;
  qualifier?: string | undefined;
}

/** What a caller gets. */
export interface InvocationResult {
  statusCode: 200 | 202 | 204;
  /** JSON text; empty for `Event` and `DryRun`. */
  payload: string;
  functionError?: 'Unhandled';
  requestId: string;
  logTail?: string;
}

/** One event on its way into an execution environment. */
export interface Invocation {
  requestId: string;
  payload: string;
  functionArn: string;
  clientContext: string | undefined;
  traceId: string;
  onLine?: (line: string) => void;
}

/** An invocation that reached an environment and came back. */
export interface FinishedInvocation {
  payload: string;
  isError: boolean;
  isTimeout: boolean;
  durationMs: number;
  billedMs: number;
  initMs: number | undefined;
}
