import type { ReadyFile } from '../contracts/readyFile.ts';
import type { GatewayStats, LambdaStats } from '../contracts/runtimeStats.ts';
import type { HeldPort } from './ports.ts';
import type { ServiceModel } from './template/model.ts';

export type OnLog = (functionKey: string, line: string) => void;

/** The running service, as those see it who look on. */
export interface RunningService {
  ready: ReadyFile;
  model: ServiceModel;
  version: string;
  readOnly: boolean;
  lambda: { snapshot: () => LambdaStats; asyncPayloads: () => string[] };
  gateway: { stats: () => GatewayStats } | undefined;
}

/** What shows the running service: the runtime knows no more of the console. */
export interface ServiceView {
  /** Listens in on what is handed to `next`, from the functions' first line on. */
  listen: (next: OnLog) => OnLog;
  /** Takes the lines of the access log. */
  onAccess: (line: string) => void;
  /** Begins when all else runs. */
  start: (
    running: RunningService,
    port: HeldPort,
  ) => Promise<{ closed: Promise<unknown>; stop: () => Promise<void> }>;
}
