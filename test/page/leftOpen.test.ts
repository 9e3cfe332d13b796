import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { OrderSample } from '../../contracts/orderSample.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { launchChromium } from './chromium.ts';
import { EventStream } from './eventStream.ts';
import { ConsolePage } from './pageDriver.ts';
import { eventOf } from './saleStream.ts';

/** As many as a page keeps: those of 15 minutes. */
const KEPT = 900;
const CHUNK = 20;
/** Code that the browser compiles and drops again moves the heap by a quarter; all samples of three hours more than double it. */
const MOST_GROWTH = 1.5;

let service: LocalService;
let browser: Browser;

beforeAll(async () => {
  service = await LocalService.onFixedPorts();
  [browser] = await Promise.all([launchChromium(), service.start()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.remove();
});

async function firstSample(): Promise<OrderSample> {
  const stream = new EventStream(service.ready.console);
  while (stream.samples.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await stream.stop();
  return stream.samples[0] as OrderSample;
}

/** A sale's seconds, faster than they pass: each connection of the page gets the next twenty. */
class FastStream {
  readonly #like: OrderSample;
  #sent = 0;
  #reached: (() => void) | undefined;
  #until = 0;

  constructor(like: OrderSample) {
    this.#like = like;
  }

  async serve(page: Page): Promise<void> {
    await page.route('**/api/events*', async (route) => {
      if (this.#sent >= this.#until) this.#reached?.();
      const events = Array.from({ length: CHUNK }, () => this.#next());
      const headers = { 'content-type': 'text/event-stream' };
      await route.fulfill({ headers, body: `retry: 1\n\n${events.join('')}` });
    });
  }

  /** Waits until the page has come back for more than `count` samples. */
  sent(count: number): Promise<void> {
    this.#until = count;
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  #next(): string {
    this.#sent += 1;
    const at = this.#like.at + this.#sent * 1000;
    const accepted = { sync: 2, queued: this.#sent % 90, direct: this.#sent % 60 };
    const sample: OrderSample = { ...this.#like, at, accepted, completed: accepted };
    return eventOf(sample);
  }
}

describe('A page left open', () => {
  it('holds the last 15 minutes of a long sale, and no more', async () => {
    const stream = new FastStream(await firstSample());
    const opened = await ConsolePage.open(browser, service.ready.console);
    const { page, errors } = opened;
    await stream.serve(page);
    await page.reload();
    await stream.sent(KEPT + CHUNK);
    const afterQuarterHour = await opened.held();

    await stream.sent(12 * KEPT);

    const afterHours = await opened.held();
    expect(afterHours.heapBytes).toBeLessThan(MOST_GROWTH * afterQuarterHour.heapBytes);
    expect(afterHours.domNodes).toBeLessThan(MOST_GROWTH * afterQuarterHour.domNodes);
    expect(errors).toEqual([]);
    await page.close();
  });
});
