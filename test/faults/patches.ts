import type { Patch } from '../support/patch.ts';

export { checkPatches, type Patch } from '../support/patch.ts';

const PAY = 'lib/domain/payOrder.ts';
const PROVIDER = 'lib/domain/simulatedPayment.ts';
const PROCESS = 'lib/domain/processOrder.ts';
const TAKE = 'lib/domain/takeAsyncOrder.ts';

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
  before(PAY, 'const end = endOf(order, settlement,', 'after-charge', 'order'),
  {
    file: PROCESS,
    find: 'await payNoting(deps, order);',
    replace: "await payNoting(deps, order); await faultPoint('before-acknowledgement', order);",
  },
];

/** Redelivery within seconds: what takes a minute on the day must not take that here. */
export const SHORT_VISIBILITY: Patch = {
  file: 'serverless.yml',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the manifest.
  find: 'VisibilityTimeout: ${self:custom.sizing.visibilitySeconds}',
  replace: 'VisibilityTimeout: 3',
};

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
    find: 'await payNoting(deps, order);',
    replace: 'void payNoting(deps, order).catch(() => {});',
  },
];
