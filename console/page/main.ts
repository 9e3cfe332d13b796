import { html, nothing, render, type TemplateResult } from 'lit-html';
import { findOrderId, readAddress, VIEWS, type View, writeAddress } from './address.ts';
import { get, type ServiceInfo } from './api.ts';
import type { App } from './app.ts';
import { DeadLetterView } from './deadLetterView.ts';
import { Feed } from './feed.ts';
import { deadLetterCount } from './flow.ts';
import { clock, number } from './format.ts';
import { LogView } from './logView.ts';
import { OrderDesk } from './orderDesk.ts';
import { Overview } from './overview.ts';

interface Page {
  enter: (app: App) => void;
  leave?: () => void;
  /** Samples came while it is shown. */
  hear?: (app: App) => void;
  show: (app: App) => TemplateResult;
}

const PAGES: Record<View, Page> = {
  overview: new Overview(),
  orders: new OrderDesk(),
  'dead-letters': new DeadLetterView(),
  logs: new LogView(),
};
const TITLES: Record<View, string> = {
  overview: 'Overview',
  orders: 'Order desk',
  'dead-letters': 'Dead letters',
  logs: 'Logs',
};

const RETRY_MS = 1000;

async function readService(): Promise<ServiceInfo> {
  for (;;) {
    try {
      return await get<ServiceInfo>('/api/service');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function start(service: ServiceInfo): void {
  const app: App = {
    service,
    address: readAddress(location.search),
    feed: new Feed({
      onChange: () => {
        PAGES[app.address.view].hear?.(app);
        app.redraw();
      },
      onReturn: async () => {
        app.service = await readService();
        PAGES[app.address.view].enter(app);
      },
    }),
    go: (change, replace = false) => go(app, change, replace),
    redraw: () => render(shell(app), document.body),
  };
  addEventListener('popstate', () => arrive(app, app.address.view));
  arrive(app, app.address.view);
}

function go(app: App, change: Parameters<App['go']>[0], replace: boolean): void {
  const from = app.address.view;
  // Another view starts without the filters of this one.
  const kept = change.view !== undefined && change.view !== from ? {} : app.address;
  const address = writeAddress({ ...kept, ...change });
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  arrive(app, from);
}

function arrive(app: App, from: View): void {
  app.address = readAddress(location.search);
  const { view } = app.address;
  if (from !== view) PAGES[from].leave?.();
  document.title = `${TITLES[view]} · Flash sale console`;
  app.redraw();
  PAGES[view].enter(app);
}

function shell(app: App): TemplateResult {
  const { service, address, feed } = app;
  return html`<a class="skip" href="#main">To the content</a>
    <header class="top">
      <div class="row spread"><h1>Flash sale <span class="muted">${service.stage} ${service.version}</span></h1>
      <span class="badge ${feed.isLost ? 'bad' : 'good'}" id="connection" role="status">${feed.isLost ? 'no answer' : 'live'}</span></div>
      <div class="row spread"><nav aria-label="Views"><ul>${VIEWS.map((view) => navItem(app, view))}</ul></nav>${search(app)}</div>
    </header>
    ${feed.isLost ? html`<p class="lost" role="alert">The service has not answered since ${clock(feed.heardAt)}. This page tries again by itself.</p>` : nothing}
    ${service.readOnly ? html`<p class="note-bar">Read-only: this console shows and changes nothing.</p>` : nothing}
    <main id="main" tabindex="-1">${PAGES[address.view].show(app)}</main>
    <footer class="muted">Orders: <code>${service.api}</code> · <a href="/api">The console's API</a></footer>`;
}

function navItem(app: App, view: View): TemplateResult {
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.go({ view });
  };
  return html`<li><a href=${writeAddress({ view })} aria-current=${app.address.view === view ? 'page' : 'false'} @click=${open}>${TITLES[view]}${view === 'dead-letters' ? deadBadge(app) : nothing}</a></li>`;
}

function deadBadge({ feed, service }: App): TemplateResult | typeof nothing {
  const count = deadLetterCount(feed.latest, service.queues);
  return count > 0 ? html` <span class="badge bad">${number(count)}</span>` : nothing;
}

function search(app: App): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('search') ?? '').trim();
    const order = findOrderId(text);
    if (order !== undefined) app.go({ view: 'orders', order });
    else if (text !== '') app.go({ view: 'logs', text });
  };
  return html`<form role="search" class="row" @submit=${submit}>
    <input name="search" type="search" aria-label="Order id, or text of a log line" placeholder="Order id, from anywhere">
    <button>Find</button></form>`;
}

start(await readService());
