import { sweepOrders as swept } from '../../../lib/domain/sweepOrders.ts';
import { faultPoint } from './faultPoint.ts';
import { publishingUnderFaults } from './publishing.ts';

export * from '../../../lib/domain/sweepOrders.ts';

/** What takes minutes or an hour on the day must not take that here: a sweep comes back to an order in seconds. */
const PACE = { claimMs: 3_000, republishAfterMs: 20_000 };

export const sweepOrders: typeof swept = (deps, deadlineMs) => {
  const { store, publisher } = deps;
  return swept(
    {
      ...deps,
      publisher: publishingUnderFaults(publisher, 'republish'),
      store: {
        ...store,
        async postpone(...postponed) {
          await faultPoint('before-claim', postponed[0]);
          return store.postpone(...postponed);
        },
      },
    },
    deadlineMs,
    PACE,
  );
};
