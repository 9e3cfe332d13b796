import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { functionName, localStage } from '../../ops/stage.ts';
import { setTaking } from '../../ops/workers/workers.ts';
import { placeOrders } from '../bench/saturation.ts';
import { readStats } from '../support/runtimeStats.ts';

const ORDERS = 400;
const DUE_WITHIN_MS = 60_000;

/** CPU time of an order that the sweeper publishes again, from a run that finds nothing else to do. */
export async function measureSweep(): Promise<{ cpuMs: number }> {
  const service = new LocalService({
    environment: { SWEEPER: 'off', SWEEP_AFTER_SECONDS: '1' },
  });
  try {
    const ready = await service.start();
    const stage = localStage(ready);
    const { lambda } = stage.clients;
    await setTaking(stage, false);
    const sweeper = async () =>
      (await readStats(ready.console)).functions.orderSweeper?.cpuTimes.sumMs ?? 0;
    const FunctionName = functionName(stage, 'orderSweeper');
    const sweep = () =>
      lambda.send(new InvokeCommand({ FunctionName, Payload: '{}', LogType: 'Tail' }));
    // The first run starts cold.
    await sweep();
    await placeOrders(`${ready.api}/orders/async?way=queued`, ORDERS);
    await sleep(DUE_WITHIN_MS);
    const beforeMs = await sweeper();
    const { LogResult = '' } = await sweep();
    const due = Number(/"OrdersDue":(\d+)/.exec(Buffer.from(LogResult, 'base64').toString())?.[1]);
    if (due !== ORDERS) throw new Error(`the sweep found ${due} of ${ORDERS} orders due`);
    const cpuMs = ((await sweeper()) - beforeMs) / ORDERS;
    stage.close();
    return { cpuMs };
  } finally {
    await service.remove();
  }
}
