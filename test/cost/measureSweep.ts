import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { functionName, localStage } from '../../ops/stage.ts';
import { setTaking } from '../../ops/workers/workers.ts';
import { timesOf } from '../bench/paidOrders.ts';
import { placeOrders } from '../bench/saturation.ts';
import { readStats } from '../support/runtimeStats.ts';

const ORDERS = 400;
/** A timer may come a moment early. */
const TIMER_MARGIN_MS = 1_000;

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
    // The longer a buyer is told to wait, the later: the queue does not move.
    const dueAtMs = (await timesOf(stage, 'sweep_at')).at(-1) ?? Number.NaN;
    await sleep(dueAtMs + TIMER_MARGIN_MS - Date.now());
    // A poll that was out when the queue was paused has brought a worker the first of them.
    const open = (await timesOf(stage, 'sweep_at')).length;
    const beforeMs = await sweeper();
    const { LogResult = '' } = await sweep();
    const due = Number(/"OrdersDue":(\d+)/.exec(Buffer.from(LogResult, 'base64').toString())?.[1]);
    if (due !== open) throw new Error(`the sweep found ${due} of ${open} orders due`);
    const cpuMs = ((await sweeper()) - beforeMs) / open;
    stage.close();
    return { cpuMs };
  } finally {
    await service.remove();
  }
}
