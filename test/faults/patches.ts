import type { Patch } from '../support/patch.ts';

export { checkPatches, type Patch } from '../support/patch.ts';

const PAY = 'lib/domain/chargeOrder.ts';
const PROVIDER = 'lib/domain/simulatedPayment.ts';
const PROCESS = 'lib/domain/processMessage.ts';
const TAKE = 'lib/domain/takeAsyncOrder.ts';
const SWEEP = 'lib/domain/sweepOrders.ts';

/** Puts a question in front of a statement: at this point, may this order go on? */
const before = (file: string, statement: string, point: string, order: string): Patch => ({
  file,
  find: statement,
  replace: `await faultPoint('${point}', ${order}); ${statement}`,
});

/** The points between two writes or calls, where a death leaves something half done. */
export const FAULT_POINTS: Patch[] = [
  before(TAKE, 'await deps.publisher.publish(placed);', 'before-publish', 'placed'),
  before(TAKE, "deps.report({ type: 'published', order: placed });", 'after-publish', 'placed'),
  before(PAY, 'const charging = payments.charge(', 'before-charge', 'order'),
  // The provider does not know which way an order came.
  before(
    PROVIDER,
    'await clock.sleep(Date.parse(',
    'mid-payment',
    "{ order_id: key.orderId, way: 'any' }",
  ),
  // The charge is under way; what hangs here is its caller, whom no time-out of the payment saves.
  before(PAY, 'const outcome = await withTimeout(', 'paying', 'order'),
  before(PAY, 'const end = endOf(order, settlement,', 'after-charge', 'order'),
  {
    file: PROCESS,
    find: 'await chargeOrder(deps, order).catch((error) => failNoting(deps, order, error));',
    replace:
      "await chargeOrder(deps, order).catch((error) => failNoting(deps, order, error)); await faultPoint('before-acknowledgement', order);",
  },
  before(SWEEP, 'if (!(await store.postpone(order,', 'before-claim', 'order'),
  before(SWEEP, 'await deps.publisher.publish(order);', 'before-republish', 'order'),
  before(SWEEP, "deps.report({ type: 'republished', order });", 'after-republish', 'order'),
];

/** Redelivery within seconds, and a worker that is given up in time for it, or AWS refuses the pair. */
export const SHORT_VISIBILITY: Patch[] = [
  {
    file: 'serverless.yml',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the manifest.
    find: 'VisibilityTimeout: ${self:custom.sizing.visibilitySeconds}',
    replace: 'VisibilityTimeout: 4',
  },
  {
    file: 'serverless.yml',
    find: 'role: QueueWorkerRole\n    timeout:',
    replace: 'role: QueueWorkerRole\n    timeout: 4 #',
  },
];

const inSeconds = (file: string, name: string, seconds: number): Patch => ({
  file,
  find: `const ${name} =`,
  replace: `const ${name} = ${seconds * 1000}; const ${name}_ON_THE_DAY =`,
});

/** What takes minutes or an hour on the day must not take that here: the sweeper comes back to an order in seconds. */
export const SHORT_SWEEPS: Patch[] = [
  inSeconds(SWEEP, 'CLAIM_MS', 3),
  inSeconds(SWEEP, 'REPUBLISH_AFTER_MS', 20),
];

/** Each call books a charge of its own: what the books must find. */
export const PROVIDER_WITHOUT_KEY: Patch[] = [
  ...FAULT_POINTS,
  {
    file: PROVIDER,
    find: 'charge_id: chargeId(key),\n    order_id: key.orderId,\n    amount_cents: amountCents,',
    replace:
      'charge_id: chargeId(key) + Math.random(),\n    order_id: key.orderId,\n    amount_cents: amountCents,',
  },
];

/** A message is gone before its order is paid: what the books must find. */
export const WORKER_ACKNOWLEDGES_FIRST: Patch[] = [
  ...FAULT_POINTS.filter(({ file }) => file !== PROCESS),
  {
    file: PROCESS,
    find: 'await chargeOrder(deps, order).catch((error) => failNoting(deps, order, error));',
    replace: 'void chargeOrder(deps, order).catch(() => {});',
  },
];
