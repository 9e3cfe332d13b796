import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningConsole, runConsole } from '../../console/testing/runningConsole.ts';
import { launchChromium } from './chromium.ts';
import { overflowPx, seriousViolations } from './looks.ts';
import { ConsolePage } from './pageDriver.ts';

let running: RunningConsole;
let browser: Browser;

beforeAll(async () => {
  [browser, running] = await Promise.all([launchChromium(), runConsole()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await running?.stop();
});

describe('The page of a service that brings no panels', () => {
  it("shows that service's name, functions, queues and topics, and nothing of orders", async () => {
    const shown = await ConsolePage.open(browser, running.address);
    const { page } = shown;
    await page.locator('#part-queue-orders', { hasText: '4' }).waitFor();

    expect(await page.title()).toBe('Overview · parcels console');
    expect(await page.locator('h1').textContent()).toContain('parcels');
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Overview',
      'Logs',
    ]);
    for (const part of ['crane', 'notices'])
      expect(await page.locator('.part', { hasText: part }).count()).toBeGreaterThan(0);
    expect(await page.locator('.lane, #phase, #workers').count()).toBe(0);
    expect(await page.locator('.chart').count()).toBe(4);
    expect(shown.errors).toEqual([]);
  });

  it.each([1280, 390])('fits %i px and has no serious barrier', async (width) => {
    const { page } = await ConsolePage.open(browser, running.address, { width });
    await page.locator('#part-queue-orders', { hasText: '4' }).waitFor();

    expect(await overflowPx(page)).toBe(0);
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  it('finds log lines by their text', async () => {
    running.observations.listen(() => {})('crane', '{"level":"INFO","message":"lifted 7"}');
    const { page } = await ConsolePage.open(browser, running.address);
    await page.getByRole('searchbox').fill('lifted');
    await page.keyboard.press('Enter');

    await page.locator('#log li', { hasText: 'lifted 7' }).waitFor();
    expect(await page.locator('#log li a').count()).toBe(0);
  });
});
