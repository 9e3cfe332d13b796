import type { MessagePort } from 'node:worker_threads';

/** What the main thread and the threads that run functions say to each other. Payloads stay JSON text throughout. */
export interface HostData {
  taskRoot: string;
  handler: string;
  /** `nodejs24.x` */
  runtime: string;
  /** Holds the `/tmp` of each environment. */
  temporaryFolder: string;
  /** Where the SDK is looked for that Lambda's runtime brings along. */
  serviceDirectory?: string | undefined;
  endpoints?: LocalEndpoints | undefined;
}

/** Where hosts of AWS are on this machine: by the service's name in them, and for all others. */
export interface LocalEndpoints {
  services: Record<string, string>;
  others: string;
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
  /** The code changes what all environments of the thread share. */
  | { type: 'sharedChanged' }
  | { type: 'childStarted'; pid: number }
  | { type: 'childEnded'; pid: number }
  | RunChildMessage;

/** The thread waits until `isDone` is 1, and takes the result from the other end of `port`. */
export interface RunChildMessage {
  type: 'runChild';
  environment: number | undefined;
  child: SyncChild;
  port: MessagePort;
  isDone: Int32Array;
}

/** What Node's synchronous calls hand to its own binding for them. */
export interface SyncChild {
  file: string;
  args: string[];
  cwd: string | undefined;
  envPairs: string[];
  stdio: ('pipe' | 'ignore' | 'inherit' | number)[];
  input: Uint8Array | undefined;
  timeout: number | undefined;
  maxBuffer: number | undefined;
  killSignal: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
}

export interface SyncChildResult {
  pid: number;
  status: number | null;
  signal: NodeJS.Signals | null;
  output: (Uint8Array | null)[] | null;
  /** As libuv counts: negative. */
  error: number | undefined;
}

export interface DoneMessage {
  type: 'done';
  environment: number;
  payload: string;
  isError: boolean;
  durationMs: number;
  cpuMs: number;
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
