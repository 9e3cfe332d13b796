import { LocalService } from '../../ops/localServiceProcess.ts';
import { Deployment } from '../e2e/deployment.ts';
import { executeApiUrl, startMiniStack } from '../e2e/ministack.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/** A way to run the service on this machine, and how to end it. */
export interface Side {
  api: string;
  /** Of the local service alone. */
  console?: string;
  pid?: number;
  stop(): Promise<void>;
}

export async function startLocal(of?: Workspace): Promise<Required<Side>> {
  const { folder, temporary, remove } = of ?? createWorkspace();
  const service = new LocalService({ folder, environment: { TMPDIR: temporary } });
  const stop = async () => {
    await service.remove();
    if (of === undefined) remove();
  };
  try {
    const { api, console, pid } = await service.start();
    return { api, console, pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startOnMiniStack(): Promise<Side> {
  const miniStack = await startMiniStack(() => {});
  const deployment = new Deployment('bench', miniStack.environment);
  const stop = async () => {
    deployment.close();
    await miniStack.stop();
  };
  try {
    const { output } = await deployment.deploy();
    await deployment.reserveConcurrency();
    return { api: executeApiUrl(miniStack.endpoint, output), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
