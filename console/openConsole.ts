import type { ServiceView } from '../local/serviceView.ts';
import { startConsole } from './consoleServer.ts';
import { Observations } from './observations.ts';
import { loadPanels } from './servicePanels.ts';

/** The console as the runtime starts it; `panelsFile` exports what it shows of one service alone. */
export function openConsole(panelsFile: string | undefined): ServiceView {
  const observations = new Observations();
  const loaded = panelsFile === undefined ? undefined : loadPanels(panelsFile);
  // Told when the console starts.
  loaded?.catch(() => {});
  return {
    listen: (next) => observations.listen(next),
    // For the console alone: a terminal with a line for each request would show nothing else.
    onAccess: (line) => observations.logs.add('httpApi', line),
    start: async (running, { host, server }) =>
      startConsole({ ...running, observations, panels: await loaded, host, port: server }),
  };
}
