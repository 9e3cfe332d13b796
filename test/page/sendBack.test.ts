import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { localStage, type Stage } from '../../ops/stage.ts';
import {
  assertAllPaid,
  countDeadLetters,
  FAILING,
  GIVEN_UP,
  sellWithFailures,
  WITH_FAULTS,
} from '../operate/failedOrders.ts';
import { launchChromium } from './chromium.ts';
import { ConsolePage } from './pageDriver.ts';

const CAUSES = [
  'the provider failed before it began the charge',
  'the provider failed after it began the charge',
];
const SOLD_WITHIN_MS = 300_000;
const PAID_WITHIN_MS = 300_000;
const DONE_WITHIN_MS = 60_000;

let data: string;
let browser: Browser;
let service: LocalService;
let stage: Stage;
let accepted: string[];

beforeAll(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'send-back-'));
  browser = await launchChromium();
  await startWith(WITH_FAULTS);
  accepted = await sellWithFailures(service, stage);
  await leave();
  await startWith({});
}, SOLD_WITHIN_MS);

afterAll(async () => {
  await browser?.close();
  await leave();
  rmSync(data, { recursive: true, force: true });
});

async function startWith(environment: Record<string, string>): Promise<void> {
  service = new LocalService({
    environment: { PAYMENT_SECONDS: '1', ...environment },
    flags: ['--data', data],
  });
  stage = localStage(await service.start());
}

async function leave(): Promise<void> {
  stage?.close();
  await service?.remove();
}

describe('Orders that were given up for two causes', () => {
  it(
    'all come back from the page, a cause after the other, and are paid once',
    async () => {
      const shown = await ConsolePage.open(browser, service.ready.console, {
        view: 'dead-letters',
      });
      const causes = shown.page.getByRole('list', { name: 'Causes' }).getByRole('listitem');
      await causes.nth(1).waitFor();
      expect((await causes.locator('.cause').allTextContents()).sort()).toEqual(
        CAUSES.map((text) => expect.stringContaining(text)),
      );

      for (const [index, text] of CAUSES.entries()) {
        const cause = causes.filter({ hasText: text });
        expect(await cause.textContent()).toContain(`${FAILING} open orders`);
        await cause.getByRole('button', { name: 'Send back…' }).click();
        const would = `Of ${FAILING} messages, ${FAILING} orders would be published again`;
        await cause.getByText(would).waitFor();
        expect(await countDeadLetters(stage)).toBe(GIVEN_UP - index * FAILING);

        await cause.getByRole('button', { name: `Send back ${FAILING}` }).click();
        const were = `Of ${FAILING} messages, ${FAILING} orders were published again`;
        await shown.page
          .locator('#dead-result', { hasText: were })
          .waitFor({ timeout: DONE_WITHIN_MS });
        await cause.waitFor({ state: 'detached' });
      }
      await shown.page.getByText('No dead letters.').waitFor();
      expect(shown.errors).toEqual([]);
      await assertAllPaid(stage, accepted);
    },
    PAID_WITHIN_MS,
  );
});
