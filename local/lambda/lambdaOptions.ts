import type { Clock } from '../clock.ts';
import type { Randomness } from '../randomness.ts';
import type {
  AsyncInvocationModel,
  EventSourceMappingModel,
  FunctionModel,
  ScheduleModel,
} from '../template/model.ts';
import type { SendToArn } from './asyncEvents/asyncSettings.ts';
import type { LocalEndpoints } from './environments/host/protocol.ts';
import type { QueueClient } from './eventSourceMappings/queueClient.ts';

export interface LambdaOptions {
  accountId: string;
  region: string;
  functions: FunctionModel[];
  eventSourceMappings?: EventSourceMappingModel[];
  asyncInvocation?: AsyncInvocationModel[];
  schedules?: ScheduleModel[];
  accountQuota?: number;
  isolation?: 'function' | 'thread';
  /** For every function: endpoints. */
  environment?: Record<string, string>;
  /** Win over the template's variables. */
  overrides?: { set: Record<string, string>; unset: string[] };
  /** Where hosts of AWS are on this machine. */
  endpoints?: LocalEndpoints;
  /** Where the SDK is looked for that Lambda's runtime brings along. */
  serviceDirectory?: string;
  /** Where asynchronous events survive a restart. */
  dataDirectory?: string | undefined;
  queueClient?: (queueArn: string) => QueueClient;
  sendToArn?: SendToArn;
  clock?: Clock;
  randomness?: Randomness;
  onLog?: (functionKey: string, line: string) => void;
}
