import type { Address } from './address.ts';
import type { ServiceInfo } from './api.ts';
import type { Feed } from './feed.ts';

/** What every view works with. */
export interface App {
  service: ServiceInfo;
  feed: Feed;
  address: Address;
  /** Goes to another view or filter; `replace` leaves no step behind in the history. */
  go: (change: Partial<Address>, replace?: boolean) => void;
  /** Draws the page anew. */
  redraw: () => void;
}

/** Runs something that may fail; what went wrong is said on the page until the next try. */
export class Action {
  problem = '';
  isRunning = false;

  async run(app: App, work: () => Promise<void>): Promise<void> {
    this.problem = '';
    this.isRunning = true;
    app.redraw();
    try {
      await work();
    } catch (error) {
      this.problem = (error as Error).message;
    } finally {
      this.isRunning = false;
      app.redraw();
    }
  }
}
