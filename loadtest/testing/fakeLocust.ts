import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands in for the `locust` command: writes a request log as loadtest/recorder.py does. With FAKE_LOAD=whole it has
 * sent all its orders already and ends; with `endless` it goes on until it is told to stop.
 */
const {
  FAKE_LOAD = 'whole',
  FAKE_SERVED = '0.2',
  FAKE_ORDERS = '400',
  REQUEST_LOG = '',
} = process.env;
const runSeconds = Number.parseInt(process.argv[process.argv.indexOf('--run-time') + 1] ?? '', 10);
const orders = Number(FAKE_ORDERS);
const isWhole = FAKE_LOAD === 'whole';
const secondsAgo = isWhole ? runSeconds : 5;
const startedAt = Date.now() / 1000 - secondsAgo;

const log = (line: object): void => appendFileSync(REQUEST_LOG, `${JSON.stringify(line)}\n`);

function order(number: number): object {
  // The last is answered before now.
  const at = startedAt + (number / orders) * (secondsAgo - 4.5);
  const isServed =
    Math.floor(number * Number(FAKE_SERVED)) > Math.floor((number - 1) * Number(FAKE_SERVED));
  return isServed
    ? { at, name: 'POST /orders/sync', status: 200, ms: 3010, order_id: `order-${number}` }
    : { at, name: 'POST /orders/sync [refused]', status: 503, ms: 5 };
}

function end(): void {
  log({ event: 'end', at: Date.now() / 1000 });
  process.exit(0);
}

log({ event: 'start', at: startedAt });
for (let number = 1; number <= orders; number += 1) log(order(number));
if (isWhole) end();
process.on('SIGTERM', end);
await sleep(60_000);
