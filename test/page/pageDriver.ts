import type { Browser, Page } from 'playwright-core';

export type View = 'overview' | 'orders' | 'dead-letters' | 'logs' | 'api';
export type ColorScheme = 'light' | 'dark';

/** What a page keeps once its garbage is collected. */
export interface Held {
  heapBytes: number;
  /** Those that were taken out of the page and are still referred to included. */
  domNodes: number;
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
    {
      width = 1280,
      colorScheme = 'light' as ColorScheme,
      view = 'overview' as View | 'stock',
      prepare = async (_page: Page): Promise<unknown> => undefined,
    } = {},
  ): Promise<ConsolePage> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const opened = new ConsolePage(page, address);
    await prepare(page);
    await opened.goTo(view);
    return opened;
  }

  async goTo(view: View | 'stock', filter = ''): Promise<void> {
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

  async held(): Promise<Held> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    await session.detach();
    return { heapBytes: usedSize, domNodes: nodes };
  }

  /** What is painted of a chart. */
  pixels(chart: string): Promise<string> {
    return this.page
      .locator(`#${chart} canvas`)
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  }
}
