import { dynamoBreakerStore } from '../../lib/adapters/dynamoBreakerStore.ts';
import type { DynamoClient } from '../../lib/adapters/dynamoClient.ts';
import { dynamoOrderStore } from '../../lib/adapters/dynamoOrderStore.ts';
import { dynamoStockStore } from '../../lib/adapters/dynamoStockStore.ts';
import { Breaker, watchedPayments } from '../../lib/domain/breaker.ts';
import { type AsyncOrder, toIso } from '../../lib/domain/order.ts';
import { orderMessage } from '../../lib/domain/orderMessage.ts';
import { lineOf } from '../../lib/domain/orderWait.ts';
import type { Clock, PaymentProvider } from '../../lib/domain/ports.ts';
import { sweepStock } from '../../lib/domain/sweepStock.ts';
import { UnitStock } from '../../lib/domain/unitStock.ts';
import type { Environment } from '../lambda/environment.ts';
import type { FunctionKey, ServiceDeps } from './functions.ts';
import type { NamedRequest, World } from './world.ts';
import type { WrongService } from './wrongServices.ts';

/** Calls that take the same time share their instants, which makes the hours after the faults cheap. */
const CALM_CALL_MS = 3;

/** A call over a network that is as it is. `call` is what it does there. */
async function fated<T>(
  { clock, fates, laws }: World,
  kind: 'call' | 'payment',
  occasion: string,
  call: () => T | Promise<T>,
): Promise<T> {
  const { fate, lot } = fates.ofCall(kind, occasion);
  if (fate !== undefined && occasion.startsWith('orderSweeper')) laws.sweeperDisturbed();
  const failed = (what: string) => new Error(`${occasion} ${what}`);
  await clock.sleep(1 + 4 * lot);
  if (fate === 'refused') throw Object.assign(failed('was refused'), { isRefused: true });
  if (fate === 'undone') throw failed('failed');
  if (fate === 'late') {
    clock.setTimeout(() => void ignoring(call), 1_000 + 20_000 * lot);
    throw failed('failed, and is done later');
  }
  if (fate === 'slow') await clock.sleep(15_000 * lot ** 2);
  if (fate === 'never') void ignoring(call);
  if (fate === 'never') return new Promise<never>(() => {});
  const result = await call();
  await clock.sleep(fate === 'unanswered' ? 3_000 * lot : 1 + 4 * lot);
  if (fate === 'unanswered') throw failed('gave no answer');
  return result;
}

const NOW = Promise.resolve();

/** What an environment hears of a call, while it runs. */
type Lives = (
  kind: 'call' | 'payment',
  what: () => string,
  call: () => unknown,
) => Promise<unknown>;

async function ignoring(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch {
    // Nobody is there any more to hear of it.
  }
}

/** What the code of an environment reaches the world through: it hears of nothing unless the environment runs. */
export function portsOf(
  world: World,
  environment: Environment,
  functionKey: FunctionKey,
  { request: change = (request) => request }: WrongService,
): ServiceDeps {
  const { sizes, settings, report, fates } = world;
  const lives: Lives = (kind, what, call) =>
    environment.live(
      fates.areOver
        ? world.clock.sleep(CALM_CALL_MS).then(call)
        : fated(world, kind, `${functionKey}: ${what()}`, call),
    );
  const clock: Clock = {
    now: () => world.clock.now(),
    sleep: (durationMs) => environment.live(world.clock.sleep(durationMs)),
    after: (durationMs, callback) => {
      let isCalledOff = false;
      const callOff = world.clock.after(
        durationMs,
        () => void environment.live(NOW).then(() => isCalledOff || callback()),
      );
      return () => {
        isCalledOff = true;
        callOff();
      };
    },
  };
  const client = {
    call: (operation: string, request: NamedRequest) =>
      lives(
        'call',
        () => `${operation} of ${world.subjectOf(request)}`,
        () => world.callTable(operation, change(request)),
      ),
    destroy: () => {},
  } as unknown as DynamoClient;
  const readsTogether = functionKey === 'queueWorker';
  const store = dynamoOrderStore(client, 'orders', { readsTogether });
  const breaker = new Breaker({ store: dynamoBreakerStore(client, 'operations'), clock, report });
  const provider = heardOf(world.provider, world, lives);
  const stockRows = dynamoStockStore(client, 'stock');
  const stock = new UnitStock({ store: stockRows, clock, perCustomer: undefined });
  const hasStock = settings.units !== undefined;
  const sweepDeps = { store, stockRows, clock, report, leaseMs: sizes.stockLeaseMs };
  const { leaseMs, sweepAfterMs, pace, paymentTimeoutMs } = sizes;
  return {
    ...{ store, clock, breaker, report, leaseMs, sweepAfterMs, paymentTimeoutMs },
    payments: watchedPayments(provider, breaker),
    publisher: {
      publish: async (order) =>
        void (await lives(
          'call',
          () => `publishing ${world.nameOf(order.order_id)}`,
          () => publish(world, order),
        )),
    },
    stock: hasStock ? stock : undefined,
    sweepStock: hasStock ? (deadlineMs) => sweepStock(sweepDeps, deadlineMs) : undefined,
    orderDeadlineMs: settings.deadlineSeconds && settings.deadlineSeconds * 1000,
    retryAfterSeconds: Math.max(1, settings.paymentSeconds),
    salt: sizes.salt,
    defaultWay: 'queued',
    lineNow: async (way) => lineOf(pace, way === 'queued' ? world.queueDepth() : undefined),
    missingFor: () => [],
  };
}

function publish(world: World, order: AsyncOrder): void {
  world.onPublish(order);
  const message = orderMessage(order, toIso(world.clock.now()));
  // Newer code may say more, which older code has to bear, and the other way round.
  const text = world.version === 1 ? message : { ...message, version: 2, region: 'us-east-1' };
  const attributes = { way: { DataType: 'String', StringValue: order.way } };
  world.topic.publish({ message: JSON.stringify(text), attributes });
}

/** The provider as an environment hears of it. */
function heardOf(provider: PaymentProvider, world: World, lives: Lives): PaymentProvider {
  const watched =
    (name: 'charge' | 'lookup' | 'void') =>
    (...args: [never, never, never]) => {
      const { orderId } = args[0] as { orderId: string };
      const kind = name === 'charge' ? 'payment' : 'call';
      const what = () => `${name} of ${world.nameOf(orderId)}`;
      return lives(kind, what, () => {
        if (world.isProviderDown) throw new Error('the provider is down');
        return provider[name](...args);
      });
    };
  return {
    charge: watched('charge'),
    lookup: watched('lookup'),
    void: watched('void'),
  } as unknown as PaymentProvider;
}
