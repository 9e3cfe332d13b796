/** What the main thread and the threads that run functions say to each other. Payloads stay JSON text throughout. */
export interface HostData {
  taskRoot: string;
  handler: string;
}

export type ToHost =
  | { type: 'start'; environment: number; variables: Record<string, string> }
  | { type: 'invoke'; environment: number; invocation: HostInvocation }
  | { type: 'end'; environment: number };

export interface HostInvocation {
  requestId: string;
  payload: string;
  deadlineMs: number;
  functionArn: string;
  clientContext: string | undefined;
  traceId: string;
}

export type FromHost =
  | { type: 'ready'; environment: number; initMs: number; memoryMb: number }
  | { type: 'initFailed'; environment: number; initMs: number; error: ErrorPayload }
  | DoneMessage
  | { type: 'log'; environment: number; line: string }
  | { type: 'exited'; environment: number; cause: ExitCause }
  | { type: 'ended'; environment: number }
  | { type: 'childStarted'; pid: number }
  | { type: 'childEnded'; pid: number };

export interface DoneMessage {
  type: 'done';
  environment: number;
  payload: string;
  isError: boolean;
  durationMs: number;
  memoryMb: number;
}

/** `process.exit(code)`, a signal to itself, or an exception that nobody caught. */
export type ExitCause =
  | { kind: 'exit'; code: number }
  | { kind: 'signal'; signal: string }
  | { kind: 'exception'; error: ErrorPayload };

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
export interface ErrorPayload {
  errorType: string;
  errorMessage: string;
  trace: string[];
}
