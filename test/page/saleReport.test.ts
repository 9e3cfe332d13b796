import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { brokenWords, overflowPx, screenshot, seriousViolations } from './looks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-report-'));
const file = path.join(folder, 'report.html');
let browser: Browser;

beforeAll(async () => {
  const script = path.resolve(import.meta.dirname, '../../loadtest/testing/syntheticReport.ts');
  expect(spawnSync(process.execPath, [script, file], { stdio: 'inherit' }).status).toBe(0);
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** How many charts there are, and on how many of them nothing is painted. */
const charts = (page: Page): Promise<{ count: number; empty: number }> =>
  page.evaluate(() => {
    const canvases = [...document.querySelectorAll('canvas')];
    const isEmpty = (canvas: HTMLCanvasElement) =>
      !canvas
        .getContext('2d')
        ?.getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value !== 0);
    return { count: canvases.length, empty: canvases.filter(isEmpty).length };
  });

describe('The report of a sale', () => {
  const cases = [1440, 1024, 390].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  );

  it.each(cases)(
    'fits $width px, draws every chart, asks for nothing and has no serious barrier, $colorScheme',
    async ({ width, colorScheme }) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(pathToFileURL(file).href);
      await screenshot(page, `report-${width}-${colorScheme}`);
      expect(await brokenWords(page)).toEqual([]);
      // The story ends where the phases begin.
      const story = await page.locator('#phases').boundingBox();
      if (width === 1440) expect(story?.y).toBeLessThan(4000);
      const firstScreen = await page.locator('#what').boundingBox();
      expect(firstScreen?.y).toBeLessThan(900);
      for (const part of await page.locator('details.part > summary').all()) await part.click();
      await page.locator('canvas').first().waitFor();

      const { count, empty } = await charts(page);
      expect(count).toBe(await page.locator('[data-chart]').count());
      expect(empty).toBe(0);
      expect(await overflowPx(page)).toBe(0);
      await screenshot(page, `report-open-${width}-${colorScheme}`);
      expect(asked).toEqual([pathToFileURL(file).href]);
      expect(await seriousViolations(page)).toEqual([]);
      await page.close();
    },
  );
});
