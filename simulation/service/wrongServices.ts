import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { AsyncOrder } from '../../lib/domain/order.ts';
import type { TableRequest } from '../tables/memoryTable.ts';
import type { FUNCTIONS, FunctionKey, ServiceDeps } from './functions.ts';

type Run = ReturnType<(typeof FUNCTIONS)[FunctionKey]>;

/** The service with one thing wrong: in what it asks of its tables or of any port, or in a function's answer. */
export interface WrongService {
  request?: <R extends TableRequest>(request: R) => R;
  deps?: (deps: ServiceDeps, key: FunctionKey) => ServiceDeps;
  run?: (run: Run, key: FunctionKey) => Run;
}

const withStore = (deps: ServiceDeps, changed: Partial<ServiceDeps['store']>): ServiceDeps => ({
  ...deps,
  store: { ...deps.store, ...changed },
});

const withPayments = (
  deps: ServiceDeps,
  changed: Partial<ServiceDeps['payments']>,
): ServiceDeps => ({
  ...deps,
  payments: { ...deps.payments, ...changed },
});

const ofWorker =
  (change: (run: Run) => Run) =>
  (run: Run, key: FunctionKey): Run =>
    key === 'queueWorker' ? change(run) : run;

/** What the judges have to find. */
export const WRONG: Record<string, WrongService> = {
  'acknowledges-before-paying': {
    run: ofWorker((run) => async (event, context) => {
      void run(event, context).catch(() => {});
      return { batchItemFailures: [] };
    }),
  },

  'charges-without-the-key': {
    deps: (deps) => {
      let calls = 0;
      return withPayments(deps, {
        charge: ({ orderId, revision }, ...rest) =>
          deps.payments.charge({ orderId, revision: revision * 1000 + ++calls }, ...rest),
      });
    },
  },

  'sweeps-without-the-claim': {
    deps: (deps, key) =>
      key === 'orderSweeper' ? withStore(deps, { postpone: async () => true }) : deps,
  },

  'publishes-before-the-record': {
    deps: (deps, key) =>
      key !== 'orderAsync'
        ? deps
        : {
            ...withStore(deps, {
              create: async (order) => {
                await deps.publisher.publish(order as AsyncOrder);
                return deps.store.create(order);
              },
            }),
            publisher: { publish: async () => {} },
          },
  },

  'finishes-without-the-revision': {
    request: (request) => {
      const { UpdateExpression = '', ConditionExpression: condition = '' } = request;
      if (!UpdateExpression.includes('REMOVE #open_shard')) return request;
      const ConditionExpression = condition.replace(' AND #revision = :was_revision', '');
      return { ...request, ConditionExpression };
    },
  },

  'ignores-the-end-of-the-lease': {
    deps: (deps) =>
      withPayments(deps, {
        charge: (key, amountCents, { notAfter: _, ...details } = {}) =>
          deps.payments.charge(key, amountCents, details),
      }),
  },

  'inverts-the-partial-answer': {
    run: ofWorker((run) => async (event, context) => {
      const { Records } = event as SQSEvent;
      const { batchItemFailures } = (await run(event, context)) as SQSBatchResponse;
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const done = Records.filter(({ messageId }) => !failed.has(messageId));
      return { batchItemFailures: done.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    }),
  },

  'does-not-write-the-promise': {
    deps: (deps) =>
      withStore(deps, {
        settlePledge: async (order, pledge) =>
          pledge === 'given' ? { ...order, pledge } : deps.store.settlePledge(order, pledge),
      }),
  },

  'believes-a-read-that-lags': {
    deps: (deps, key) =>
      key === 'orderStatus' ? withStore(deps, { get: deps.store.getLagging }) : deps,
  },

  'cancels-without-the-void': {
    deps: (deps) => withPayments(deps, { void: async () => true }),
  },
};
