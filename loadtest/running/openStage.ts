import { join } from 'node:path';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { findStage, localStage, type Stage } from '../../ops/stage.ts';
import { readWorkers, restoreWorkers } from '../../ops/workers/workers.ts';
import type { CommonContext, RunContext } from './runContext.ts';
import type { SaleOptions } from './saleOptions.ts';

export interface StageUnderTest {
  context: Omit<RunContext, 'locust'>;
  /** Leaves a running stage as it was found, and ends what was started here. */
  close(): Promise<void>;
}

/** Finds the stage that the settings name, or starts a service of the sale's own. */
export async function openStage(
  settings: SaleOptions,
  given: CommonContext,
): Promise<StageUnderTest> {
  const common = { ...given, seed: settings.seed };
  if (settings.stage !== undefined) {
    const { stage: name, region, readyFile } = settings;
    const stage = await findStage({ stage: name, region, readyFile });
    const kind = stage.runtime === undefined ? ('aws' as const) : ('local' as const);
    const url = stage.runtime?.api ?? stage.outputs.HttpApiUrl;
    return { context: { ...common, kind, url, stage }, close: await restoring(stage) };
  }
  if (settings.url !== undefined) {
    const stage = await localStageAt(settings.url, settings.readyFile);
    const close = stage === null ? async () => {} : await restoring(stage);
    return {
      context: { ...common, kind: stage === null ? 'url' : 'local', url: settings.url, stage },
      close,
    };
  }
  return startOwnService(common, settings);
}

async function startOwnService(
  common: CommonContext & { seed: number },
  { stock }: Pick<SaleOptions, 'stock'>,
): Promise<StageUnderTest> {
  const { folder, progress, signal } = common;
  progress.status('Starting sls local');
  const service = new LocalService({
    ...{ logFile: join(folder, 'service.log'), isDetached: true },
    ...(stock !== undefined && { environment: { STOCK: 'on' } }),
  });
  const ready = await service.start(signal).catch(async (error) => {
    await service.remove();
    throw error;
  });
  const { api, pid } = ready;
  progress.line(`sls local takes orders on ${api} (process ${pid})`);
  const stage = localStage(ready);
  const either = AbortSignal.any([signal, service.gone]);
  return {
    context: { ...common, kind: 'own', url: api, stage, signal: either },
    async close() {
      stage.close();
      await service.remove();
    },
  };
}

/** The local service behind an address, where that is the one of the ready file: `npm start`'s, or the one named. */
async function localStageAt(url: string, readyFile: string | undefined): Promise<Stage | null> {
  // One that was named has to be there; the usual one may be missing.
  const found = findStage({ stage: 'local', readyFile });
  const stage = readyFile === undefined ? await found.catch(() => null) : await found;
  if (stage?.runtime !== undefined && isSameService(url, stage.runtime.api)) return stage;
  stage?.close();
  return null;
}

/** Whether an address is that of a service on this machine, under whatever name this machine is called. */
export function isSameService(address: string, local: string): boolean {
  const { hostname, port } = new URL(address);
  const isThisMachine = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  return isThisMachine && port === new URL(local).port;
}

async function restoring(stage: Stage): Promise<() => Promise<void>> {
  const found = await readWorkers(stage);
  return async () => {
    await restoreWorkers(stage, found).finally(() => stage.close());
  };
}
