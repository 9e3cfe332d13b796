import path from 'node:path';
import { type EmulatorThread, startEmulatorThread } from './emulatorThread.ts';

export interface Emulators {
  messaging: EmulatorThread;
  tables: EmulatorThread;
  stop: () => Promise<void>;
}

/** SNS and SQS in one thread, DynamoDB in another; in memory without a data directory. */
export async function startEmulators(
  region: string,
  dataDirectory: string | undefined,
  onDeath: (error: Error) => void,
): Promise<Emulators> {
  const folder = (name: string) =>
    dataDirectory === undefined ? {} : { dataDir: path.resolve(dataDirectory, name) };
  const [messaging, tables] = await Promise.all([
    startEmulatorThread(
      new URL('./messagingThread.ts', import.meta.url),
      { region, ...folder('messages') },
      onDeath,
    ),
    startEmulatorThread(new URL('./tablesThread.ts', import.meta.url), folder('tables'), onDeath),
  ]);
  return {
    messaging,
    tables,
    stop: async () => void (await Promise.all([messaging.stop(), tables.stop()])),
  };
}
