import { chargeOrder as charged } from '../../../lib/domain/chargeOrder.ts';
import { faultPoint } from './faultPoint.ts';

export * from '../../../lib/domain/chargeOrder.ts';

export const chargeOrder: typeof charged = (deps, order, notAfter) => {
  const { payments, store } = deps;
  let paying: Promise<void> | undefined;
  return charged(
    {
      ...deps,
      payments: {
        ...payments,
        async charge(...charge) {
          await faultPoint('before-charge', order);
          // Asked while the charge is under way: what hangs is its caller, whom no time-out of the payment saves.
          paying = faultPoint('paying', order);
          return payments.charge(...charge);
        },
      },
      store: {
        ...store,
        async finish(...end) {
          await paying;
          await faultPoint('after-charge', order);
          return store.finish(...end);
        },
      },
    },
    order,
    notAfter,
  );
};
