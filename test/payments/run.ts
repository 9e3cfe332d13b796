import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { httpPayment } from '../../lib/adapters/httpPayment.ts';
import { systemClock } from '../../lib/platform/clock.ts';
import { MemoryOpenChargeBook } from '../../lib/testing/memory.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { Checks, tell } from '../e2e/checks.ts';
import { endGroup, runCommand, startGroup } from '../e2e/child.ts';
import { runProgram } from '../support/program.ts';

const VERSION = 'v0.203.0';
const HELP = `Has the adapter of a payment provider's HTTP API call stripe-mock ${VERSION} on this machine: are its requests
those of Stripe's own OpenAPI document, and can it read the answers? Needs Go.

  npm run test:payments

stripe-mock keeps nothing: every answer is a fixture. It cannot show that a key is used once, that of confirming and
cancelling one wins, or what a card does. The contract does, with a provider in memory (lib/adapters/paymentContract.test.ts).

Exit: 0 all passed, 1 something failed, 2 there was nothing to ask.`;

const FOLDER = path.resolve(
  import.meta.dirname,
  '../../node_modules/.cache',
  `stripe-mock-${VERSION}`,
);
const API_KEY = 'sk_test_123';
const BUILD_MS = 480_000;

async function stripeMock(): Promise<string> {
  const program = path.join(FOLDER, 'stripe-mock');
  if (existsSync(program)) return program;
  tell(`Building stripe-mock ${VERSION} (once)`);
  const built = await runCommand({
    ...{ command: 'go', args: ['install', `github.com/stripe/stripe-mock@${VERSION}`] },
    ...{ folder: path.dirname(import.meta.dirname), limitMs: BUILD_MS },
    environment: { GOBIN: FOLDER },
  });
  if (built.status !== 0) throw new Error(`go cannot build stripe-mock:\n${built.output}`);
  return program;
}

async function checkAdapter(url: string, checks: Checks): Promise<void> {
  const sent: { path: string; status: number; key: string | null }[] = [];
  const book = new MemoryOpenChargeBook();
  const watched: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const { pathname } = new URL(String(input));
    sent.push({
      path: pathname,
      status: answer.status,
      key: answer.headers.get('idempotency-key'),
    });
    return answer;
  };
  const payments = httpPayment({
    ...{ book, clock: systemClock, currency: 'usd', paymentMethod: 'pm_card_visa' },
    api: { url, apiKey: API_KEY, timeoutMs: 5_000, fetch: watched },
  });
  const key = (orderId: string) => ({ orderId, revision: 1 });

  await checks.run('its requests to charge are valid, each with the key of the order', async () => {
    // The fixture is an intent whose card was declined.
    expectEqual((await payments.charge(key('ord_1'), 500)).state, 'declined');
    expectEqual(
      sent.map((request) => ({ ...request, path: request.path.replace(/pi_\w+/, 'ID') })),
      [
        { path: '/v1/payment_intents', status: 200, key: 'ord_1#1' },
        { path: '/v1/payment_intents/ID/confirm', status: 200, key: 'ord_1#1/confirm' },
      ],
    );
  });
  await checks.run('it reads a fixture that it looks up, and one that it cancels', async () => {
    const late = payments.charge(key('ord_2'), 500, { notAfter: 0 });
    expectEqual(await late.catch(() => 'late'), 'late');
    expectEqual(await payments.void(key('ord_2'), 'deadline_passed'), false);
    expectEqual((await payments.lookup(key('ord_2'))).state, 'declined');
    expectEqual(await payments.lookup(key('ord_3')), { state: 'absent' });
    expectEqual(
      sent.filter(({ status }) => status !== 200),
      [],
    );
  });
  await checks.run(
    'a request that breaks the document is refused, and no outcome is guessed',
    async () => {
      const wrong = payments.charge(key('ord_4'), 5.5);
      expectEqual(await wrong.catch((error: Error) => /answered 400/.test(error.message)), true);
    },
  );
}

/** The bundle of `PAYMENT_PROVIDER=http`, from a buyer's request to the provider's port. */
async function checkService(url: string, checks: Checks): Promise<void> {
  const environment = {
    ...{ PAYMENT_PROVIDER: 'http', PAYMENT_API_URL: url, PAYMENT_API_KEY: API_KEY },
  };
  const service = new LocalService({ environment });
  try {
    const { api } = await service.start();
    await checks.run(
      'the running service pays an order there, and answers its decline',
      async () => {
        const items = [{ item_id: 'item-1', name: 'Lamp', price: 19.99, quantity: 1 }];
        const answer = await fetch(`${api}/orders/sync`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ customer_id: 7, items }),
        });
        const { order } = (await answer.json()) as { order?: { decline_reason?: string } };
        expectEqual([answer.status, order?.decline_reason], [402, 'card_declined']);
      },
    );
  } finally {
    await service.remove();
  }
}

function expectEqual(got: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(got, wanted))
    throw new Error(`got ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const ports = ['-http-addr', '127.0.0.1:', '-https-addr', '127.0.0.1:'];
  const mock = startGroup(await stripeMock(), ports, FOLDER, {});
  try {
    const lines = createInterface(mock.stdout);
    const found = Promise.race([addressIn(lines), once(mock, 'exit').then(() => undefined)]);
    const address = await found;
    if (address === undefined) throw new Error('stripe-mock ended before it listened');
    const checks = new Checks();
    await checkAdapter(`http://${address}`, checks);
    await checkService(`http://${address}`, checks);
    tell(checks.summary);
    return checks.failed === 0 ? 0 : 1;
  } finally {
    endGroup(mock);
  }
}

async function addressIn(lines: AsyncIterable<string>): Promise<string | undefined> {
  for await (const line of lines) {
    const address = /HTTP at address: (\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  return undefined;
}

await runProgram(main);
