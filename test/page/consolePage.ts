import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';

export type View = 'overview' | 'orders' | 'dead-letters' | 'logs';
export type ColorScheme = 'light' | 'dark';

const OUTPUT = path.resolve(import.meta.dirname, '../output/page');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** A console page in the browser, with what a person reads and does there. */
export class ConsolePage {
  readonly page: Page;
  readonly #address: string;
  readonly errors: string[] = [];

  private constructor(page: Page, address: string) {
    this.page = page;
    this.#address = address;
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(
    browser: Browser,
    address: string,
    { width = 1280, colorScheme = 'light' as ColorScheme, view = 'overview' as View } = {},
  ): Promise<ConsolePage> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const opened = new ConsolePage(page, address);
    await opened.goTo(view);
    return opened;
  }

  async goTo(view: View, filter = ''): Promise<void> {
    await this.page.goto(`${this.#address}/?view=${view}${filter}`);
    await this.page.locator('#connection', { hasText: 'live' }).waitFor();
  }

  /** The count that is drawn on a part of the pipeline. */
  async count(part: string): Promise<number> {
    const text = (await this.page.locator(`#part-${part}`).textContent()) ?? '';
    return Number.parseFloat(text.trim().replaceAll(',', ''));
  }

  async until(
    part: string,
    isReached: (count: number) => boolean,
    limitMs: number,
  ): Promise<number> {
    const end = Date.now() + limitMs;
    for (;;) {
      const count = await this.count(part);
      if (isReached(count)) return count;
      if (Date.now() > end) throw new Error(`${part} stands at ${count} after ${limitMs} ms`);
      await this.page.waitForTimeout(100);
    }
  }

  /** What is painted of a chart. */
  pixels(chart: string): Promise<string> {
    return this.page
      .locator(`#${chart} canvas`)
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  }

  overflowPx(): Promise<number> {
    return this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  }

  /** What axe finds serious or critical. The page's policy lets no foreign script in, so it is put in from outside. */
  async seriousViolations(): Promise<Violation[]> {
    await this.page.evaluate(AXE);
    const found = (await this.page.evaluate('axe.run()')) as { violations: Violation[] };
    return found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(OUTPUT, { recursive: true });
    await this.page.screenshot({ path: path.join(OUTPUT, `${name}.png`), fullPage: true });
  }
}
