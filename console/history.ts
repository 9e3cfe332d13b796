/** A sample as it goes over the wire, written once however many pages are open. */
export interface Recorded {
  id: number;
  json: string;
}

const SECONDS_KEPT = 900;

/** The samples of the last 15 minutes. */
export class History {
  readonly #kept: Recorded[] = [];
  readonly #listeners = new Set<(recorded: Recorded) => void>();
  readonly #capacity: number;

  constructor(capacity = SECONDS_KEPT) {
    this.#capacity = capacity;
  }

  add(recorded: Recorded): void {
    this.#kept.push(recorded);
    if (this.#kept.length > this.#capacity) this.#kept.shift();
    for (const listen of this.#listeners) listen(recorded);
  }

  /** All that came after the sample with that id, or everything. */
  after(id = 0): Recorded[] {
    return this.#kept.filter((recorded) => recorded.id > id);
  }

  /** Returns how to stop listening. */
  onAdd(listen: (recorded: Recorded) => void): () => void {
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }
}
