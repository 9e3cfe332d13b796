import { shareOfACore } from '../../../common/cpuShare.ts';
import { PRICES_READ } from '../../../ops/prices.ts';
import type { PlanSettings } from '../inputs/settings.ts';
import { ASSUMED, COUNTED } from '../model/functionTimes.ts';
import { processingOf } from '../model/processing.ts';
import type { PlanOutcome } from '../outcome.ts';

const PRICED_REGION = 'us-east-1';

/** What the figures of a plan rest on, a sentence each. */
export function assumptionsOf(settings: PlanSettings, method: PlanOutcome['method']): string[] {
  const { sizing, way, region, payment, polls, load, quota } = settings;
  const { batchSize, secondsOf } = processingOf(settings);
  const share = (shareOfACore(sizing.memoryMb) * 100).toFixed(1);
  const cpu = COUNTED.paidOrderCpuMs[way];
  const orders = batchSize === 1 ? 'one order' : `${batchSize} orders`;
  return [
    `A payment takes ${payment.text}. A paid order has ${cpu} ms of CPU on a whole core, measured; ${sizing.memoryMb} MB have ${share} % of one, so ${orders} take ${secondsOf(batchSize).toFixed(2)} s.`,
    `Not measured: the intake waits ${ASSUMED.intakeWaitMs} ms for its table and SNS, a message takes ${ASSUMED.deliveryMs} ms through SNS, a cold start ${ASSUMED.coldStartMs} ms.`,
    `Prices are those of ${PRICED_REGION}${region === PRICED_REGION ? '' : `, not of ${region}`}, on demand, read in ${PRICES_READ}, without free tiers. An order is ${COUNTED.writesAtIntake + COUNTED.writesAtPayment} writes and ${COUNTED.readsAtPayment[way] + polls * COUNTED.readsAtLookUp} reads; alarms, dashboard and what is kept for months come on top.`,
    `The account has ${quota.toLocaleString('en')} executions${settings.hasReservations ? '' : ', which all functions share: nothing is reserved'}.`,
    ...(load.kind === 'open'
      ? ['A buyer who is refused does not come again.']
      : ['A buyer who is refused waits like one who is not, and comes again.']),
    ...(polls > 0
      ? [`Each buyer looks the order up ${polls} times, every 3 s, taken to be before its end.`]
      : []),
    ...(method === 'coarse' ? COARSE : []),
    'The sweeper is left out: it publishes again what was lost, and once an hour what waits honestly.',
    'AWS is taken at its published limits; tables are taken to have the writes that they need.',
  ];
}

const COARSE = [
  'The coarse method takes all orders in turn, which the back-off of asynchronous events does not, and leaves failing charges out.',
];
