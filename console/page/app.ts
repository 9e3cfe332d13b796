import type { TemplateResult } from 'lit-html';
import type * as z from 'zod';
import type { ServiceInfo } from '../../contracts/consoleApi.ts';
import type { Sample } from '../../contracts/sample.ts';
import type { Address } from './address.ts';
import type { Feed } from './feed.ts';
import type { ChartSpec } from './liveChart.ts';

/** What every view works with. */
export interface App<S extends Sample = Sample, I extends ServiceInfo = ServiceInfo> {
  service: I;
  feed: Feed<S>;
  address: Address;
  /** Where a text leads that holds the id of something with a view of its own. */
  find: (text: string) => Found | undefined;
  /** Goes to another view or filter; `replace` leaves no step behind in the history. */
  go: (change: Partial<Address>, replace?: boolean) => void;
  /** Draws the page anew. */
  redraw: () => void;
}

export interface Found {
  label: string;
  address: Partial<Address>;
}

/** A part of the page that is entered, left and drawn. */
export interface View<S extends Sample = Sample, I extends ServiceInfo = ServiceInfo> {
  enter: (app: App<S, I>) => void;
  leave?: () => void;
  /** Samples came while it is shown. */
  hear?: (app: App<S, I>) => void;
  show: (app: App<S, I>) => TemplateResult;
}

export interface NamedView<S extends Sample = Sample, I extends ServiceInfo = ServiceInfo> {
  /** As the address has it. */
  id: string;
  title: string;
  view: View<S, I>;
  /** Whether the service has what it shows; without it every one has. */
  isThere?: (service: I) => boolean;
  /** A count that wants attention; 0 shows none. */
  badge?: (app: App<S, I>) => number;
}

/** What a service's panels make of the page. */
export interface PagePanels<S extends Sample, I extends ServiceInfo> {
  sampleSchema: z.ZodType<S>;
  serviceSchema: z.ZodType<I>;
  /** What stands above the charts. */
  overview: View<S, I> & {
    /** Nothing has happened yet: the charts would be empty. */
    isUnused?: boolean;
  };
  charts: (service: I) => ChartSpec<S>[];
  /** Between the overview and the logs. */
  views: NamedView<S, I>[];
  find: App['find'];
  /** What can be searched for, in the field itself and for those who do not see it. */
  search: { placeholder: string; label: string };
}

/** Runs something that may fail; what went wrong is said on the page until the next try. */
export class Action {
  problem = '';
  isRunning = false;

  async run(app: Pick<App, 'redraw'>, work: () => Promise<unknown>): Promise<void> {
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
