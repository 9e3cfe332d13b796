import type {
  AsyncEvent,
  AsyncEventStore,
} from '../../local/lambda/asyncEvents/asyncEventStore.ts';

/** Asynchronous events that outlive the stage's process. */
export class MemoryEventStore implements AsyncEventStore {
  readonly #events = new Map<string, AsyncEvent>();

  save(event: AsyncEvent): void {
    this.#events.set(event.requestId, event);
  }

  remove(requestId: string): void {
    this.#events.delete(requestId);
  }

  all(): AsyncEvent[] {
    return [...this.#events.values()];
  }

  acceptedAtMs(requestId: string): number | undefined {
    return this.#events.get(requestId)?.acceptedAtMs;
  }

  close(): void {}
}
