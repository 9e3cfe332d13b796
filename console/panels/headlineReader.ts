import type { BooksWord, Headline } from '../../contracts/orderPanelsApi.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import { RULES } from '../../ops/reconciliation/bookRules.ts';
import { reconcile } from '../../ops/reconciliation/reconcile.ts';
import type { Stage } from '../../ops/stage.ts';
import { readStatus, type StageStatus } from '../../ops/status/stageStatus.ts';
import type { MetricBook } from '../metricBook.ts';
import type { OrderStage } from './orderStage.ts';

/** One reading serves all pages that ask within this time. */
const FRESH_MS = 400;
/** How long the books wait for what is on its way. */
const WAIT_SECONDS = 20;

/** Are we keeping up, and is anything lost? One answer for every page that is open. */
export class HeadlineReader {
  readonly #stage: OrderStage;
  readonly #metrics: MetricBook;
  #reading: Promise<StageStatus> | undefined;
  #freshUntil = 0;
  #books: BooksWord | null = null;
  #closing: Promise<BooksWord> | undefined;

  constructor(stage: OrderStage, metrics: MetricBook) {
    this.#stage = stage;
    this.#metrics = metrics;
  }

  async read(): Promise<Headline> {
    return {
      status: await this.#status(),
      totals: {
        accepted: this.#total(METRIC.orderAccepted),
        completed: this.#total(METRIC.orderCompleted),
      },
      books: this.#books,
      isClosing: this.#closing !== undefined,
    };
  }

  /** Reads the books, once for all who ask meanwhile. */
  closeBooks(): Promise<BooksWord> {
    this.#closing ??= readBooks(this.#stage.get())
      .then((word) => {
        this.#books = word;
        return word;
      })
      .finally(() => {
        this.#closing = undefined;
      });
    return this.#closing;
  }

  #status(): Promise<StageStatus> {
    if (this.#reading === undefined || performance.now() >= this.#freshUntil) {
      this.#freshUntil = Number.POSITIVE_INFINITY;
      this.#reading = readStatus(this.#stage.get()).finally(() => {
        this.#freshUntil = performance.now() + FRESH_MS;
      });
    }
    return this.#reading;
  }

  #total(metric: string): number {
    const ways = Object.values(this.#metrics.by('way', metric));
    return ways.reduce((total, { sum }) => total + sum, 0);
  }
}

async function readBooks(stage: Stage): Promise<BooksWord> {
  const { violations, closed, settled, orders, charges } = await reconcile(stage, {
    waitSeconds: WAIT_SECONDS,
  });
  const rules = Object.fromEntries(Object.values(RULES).map((rule) => [rule, 0]));
  for (const { rule } of violations) rules[rule] = (rules[rule] ?? 0) + 1;
  return { at: new Date().toISOString(), closed, settled, orders, charges, rules };
}
