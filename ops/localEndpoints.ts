import { readReadyFile } from './stage.ts';

/** The AWS SDK's own variables. */
type Environment = Record<string, string | undefined>;

/**
 * Sends the framework's own commands (`sls invoke`) to the local service, as the lines of its banner would. Throws
 * CannotAskError when none is running. A variable that is set already stays: it may name another emulator.
 */
export function useLocalEndpoints(environment: Environment, readyFile?: string): void {
  if (environment.AWS_ENDPOINT_URL !== undefined) return;
  if (environment.AWS_ENDPOINT_URL_LAMBDA !== undefined) return;
  const { endpoints } = readReadyFile(readyFile);
  for (const [service, url] of Object.entries(endpoints))
    environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ??= url;
  // A profile would win over the keys, and may not be there at all.
  delete environment.AWS_PROFILE;
  environment.AWS_ACCESS_KEY_ID = 'local';
  environment.AWS_SECRET_ACCESS_KEY = 'local';
  delete environment.AWS_SESSION_TOKEN;
}
