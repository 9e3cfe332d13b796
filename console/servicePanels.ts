import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../common/usageError.ts';
import type { GatewaySecond, LambdaStats } from '../contracts/runtimeStats.ts';
import type { RunningService } from '../local/serviceView.ts';
import type { Observations } from './observations.ts';
import type { Route } from './route.ts';

/** The running service, as the console and its panels see it. */
export interface ObservedService extends RunningService {
  observations: Observations;
}

/** What one service shows on its console beside what any service has. The manifest names the file that exports it. */
export interface ServicePanels {
  /** Entry points of the page with these panels, in place of the console's own. */
  page: PageEntries;
  open: (service: ObservedService) => OpenPanels;
}

export interface PageEntries {
  script: string;
  style: string;
}

export interface OpenPanels {
  routes: Route[];
  /** Added to the answer of `GET /api/service`. */
  about: Record<string, unknown>;
  /** Added to every sample: what happened since the last call. */
  figures: (stats: LambdaStats, second: GatewaySecond | undefined) => Record<string, unknown>;
  stop: () => Promise<void>;
}

/** The default export of the file that `custom.consolePanels` names. */
export async function loadPanels(file: string): Promise<ServicePanels> {
  if (!existsSync(file))
    throw new UsageError(`custom.consolePanels names a file that is not there: ${file}`);
  const { default: panels } = (await import(pathToFileURL(file).href)) as {
    default: ServicePanels;
  };
  return panels;
}
