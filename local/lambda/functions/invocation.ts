import type { InvocationOutcome } from '../environments/executionEnvironment.ts';
import type { HostInvocation } from '../environments/host/protocol.ts';

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
export interface Invocation extends Omit<HostInvocation, 'deadlineMs'> {
  onLine?: (line: string) => void;
}

/** An invocation that reached an environment and came back. */
export interface FinishedInvocation extends Omit<InvocationOutcome, 'ended'> {
  isTimeout: boolean;
  billedMs: number;
  initMs: number | undefined;
}
