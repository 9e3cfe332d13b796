import type * as z from 'zod';
import type { Sample } from '../../contracts/sample.ts';

const SECONDS_KEPT = 900;
const STALE_MS = 3500;
const RETRY_MS = 1000;

/** The samples of the last 15 minutes, kept up to date; says when none come any more. */
export class Feed<S extends Sample = Sample> {
  samples: S[] = [];
  /** When the last sample came, by this page's clock. */
  heardAt = Date.now();
  readonly #schema: z.ZodType<S>;
  readonly #onChange: () => void;
  readonly #onReturn: () => void;
  #isLost = false;
  #isScheduled = false;

  constructor(
    schema: z.ZodType<S>,
    { onChange, onReturn }: { onChange: () => void; onReturn: () => void },
  ) {
    this.#schema = schema;
    this.#onChange = onChange;
    this.#onReturn = onReturn;
    setInterval(() => this.#watch(), 500);
    this.#connect();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get latest(): S | undefined {
    return this.samples.at(-1);
  }

  #connect(): void {
    const source = new EventSource(`/api/events?after=${this.latest?.at ?? 0}`);
    source.addEventListener('sample', ({ data }) =>
      this.#add(this.#schema.parse(JSON.parse(data))),
    );
    source.addEventListener('error', () => {
      // The browser comes back by itself, unless what answered was not an event stream.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#connect(), RETRY_MS);
    });
  }

  #add(sample: S): void {
    if (sample.at <= (this.latest?.at ?? 0)) return;
    this.samples.push(sample);
    if (this.samples.length > SECONDS_KEPT)
      this.samples.splice(0, this.samples.length - SECONDS_KEPT);
    this.heardAt = Date.now();
    if (this.#isLost) this.#onReturn();
    this.#isLost = false;
    this.#changed();
  }

  /** A page that opens gets 900 samples at once: they are one change. */
  #changed(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      this.#onChange();
    }, 0);
  }

  #watch(): void {
    const isLost = Date.now() - this.heardAt > STALE_MS;
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    this.#onChange();
  }
}

/** The samples of the last seconds, by the clock of the newest. */
export function lastSeconds<S extends Sample>(samples: S[], seconds: number): S[] {
  const from = (samples.at(-1)?.at ?? 0) - seconds * 1000;
  const start = samples.findIndex(({ at }) => at >= from);
  return start < 0 ? [] : samples.slice(start);
}
