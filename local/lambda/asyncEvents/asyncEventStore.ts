import { DatabaseSync } from 'node:sqlite';

/** An accepted asynchronous event, with all that a restart must know of it. */
export interface AsyncEvent {
  requestId: string;
  functionName: string;
  payload: string;
  acceptedAtMs: number;
  /** When it is to be tried next. */
  dueAtMs: number;
  /** Invocations that ended in a function error. */
  failedAttempts: number;
  /** Throttles and system errors in a row. */
  throttles: number;
  /** JSON text of the last function error, for the record of the event's end. */
  lastAnswer?: string;
}

export interface AsyncEventStore {
  save(event: AsyncEvent): void;
  remove(requestId: string): void;
  /** In the order they were accepted. */
  all(): AsyncEvent[];
  close(): void;
}

/** Keeps nothing: events live as long as the process. */
export const memoryEventStore: AsyncEventStore = {
  save: () => undefined,
  remove: () => undefined,
  all: () => [],
  close: () => undefined,
};

/** Events in one SQLite file; a saved event is there after kill -9. */
export function sqliteEventStore(file: string): AsyncEventStore {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS event (requestId TEXT PRIMARY KEY, event TEXT NOT NULL)`);
  const save = database.prepare(
    'INSERT INTO event VALUES (?, ?) ON CONFLICT (requestId) DO UPDATE SET event = excluded.event',
  );
  const remove = database.prepare('DELETE FROM event WHERE requestId = ?');
  const all = database.prepare('SELECT event FROM event ORDER BY rowid');
  return {
    save: (event) => void save.run(event.requestId, JSON.stringify(event)),
    remove: (requestId) => void remove.run(requestId),
    all: () => all.all().map(({ event }) => JSON.parse(String(event)) as AsyncEvent),
    close: () => database.close(),
  };
}
