import type { Sample } from '../sample.ts';

const SECONDS_KEPT = 900;
const STALE_MS = 3500;
const RETRY_MS = 1000;

/** The samples of the last 15 minutes, kept up to date; says when none come any more. */
export class Feed {
  samples: Sample[] = [];
  /** When the last sample came, by this page's clock. */
  heardAt = Date.now();
  readonly #onChange: () => void;
  readonly #onReturn: () => void;
  #isLost = false;
  #isScheduled = false;

  constructor({ onChange, onReturn }: { onChange: () => void; onReturn: () => void }) {
    this.#onChange = onChange;
    this.#onReturn = onReturn;
    setInterval(() => this.#watch(), 500);
    this.#connect();
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get latest(): Sample | undefined {
    return this.samples.at(-1);
  }

  #connect(): void {
    const source = new EventSource(`/api/events?after=${this.latest?.at ?? 0}`);
    source.addEventListener('sample', ({ data }) => this.#add(JSON.parse(data) as Sample));
    source.addEventListener('error', () => {
      // The browser comes back by itself, unless what answered was no event stream.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.#connect(), RETRY_MS);
    });
  }

  #add(sample: Sample): void {
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
