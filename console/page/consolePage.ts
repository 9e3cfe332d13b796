import { html, nothing, render, type TemplateResult } from 'lit-html';
import * as z from 'zod';
import type { ServiceInfo } from '../../contracts/consoleApi.ts';
import type { Sample } from '../../contracts/sample.ts';
import { type Address, OVERVIEW, readAddress, writeAddress } from './address.ts';
import { get } from './api.ts';
import type { App, NamedView, PagePanels } from './app.ts';
import { link } from './elements.ts';
import { Feed } from './feed.ts';
import { clock, number } from './format.ts';
import { LogView } from './logView.ts';
import { Overview } from './overview.ts';

const RETRY_MS = 1000;

// What makes schemas fast would need a policy that lets text become code.
z.config({ jitless: true });

/** Draws the console of the service that serves this page, for as long as it is open. */
export async function startPage<S extends Sample, I extends ServiceInfo>(
  panels: PagePanels<S, I>,
): Promise<void> {
  new ConsolePage(panels, await readService(panels.serviceSchema)).start();
}

async function readService<I>(schema: z.ZodType<I>): Promise<I> {
  for (;;) {
    try {
      return await get('/api/service', schema);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** `/` goes to the search: the view's own where it has one. */
function focusSearch(event: KeyboardEvent): void {
  const isTyping = (event.target as HTMLElement).matches('input, select, textarea');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
  const [own] = document.querySelectorAll<HTMLInputElement>('main input[type=search]');
  event.preventDefault();
  (own ?? document.querySelector<HTMLInputElement>('[role=search] input'))?.focus();
}

class ConsolePage<S extends Sample, I extends ServiceInfo> {
  readonly #panels: PagePanels<S, I>;
  readonly #views: NamedView<S, I>[];
  readonly #app: App<S, I>;

  constructor(panels: PagePanels<S, I>, service: I) {
    this.#panels = panels;
    this.#views = [
      { id: OVERVIEW, title: 'Overview', view: new Overview(panels) },
      ...panels.views.filter(({ isThere }) => isThere?.(service) ?? true),
      { id: 'logs', title: 'Logs', view: new LogView() },
    ];
    this.#app = {
      service,
      address: this.#readAddress(),
      feed: new Feed(panels.sampleSchema, {
        onChange: () => {
          this.#shown.view.hear?.(this.#app);
          this.#app.redraw();
        },
        onReturn: async () => {
          this.#app.service = await readService(panels.serviceSchema);
          this.#shown.view.enter(this.#app);
        },
      }),
      find: panels.find,
      go: (change, replace = false) => this.#go(change, replace),
      redraw: () => render(this.#draw(), document.body),
    };
  }

  start(): void {
    addEventListener('popstate', () => this.#arrive(this.#shown));
    addEventListener('keydown', focusSearch);
    this.#arrive(this.#shown);
  }

  get #shown(): NamedView<S, I> {
    const { view } = this.#app.address;
    return this.#views.find(({ id }) => id === view) as NamedView<S, I>;
  }

  #readAddress(): Address {
    const ids = this.#views.map(({ id }) => id);
    return readAddress(location.search, ids);
  }

  #go(change: Partial<Address>, replace: boolean): void {
    const from = this.#shown;
    // Another view starts without the filters of this one.
    const kept = change.view !== undefined && change.view !== from.id ? {} : this.#app.address;
    const address = writeAddress({ ...kept, ...change });
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#arrive(from);
  }

  #arrive(from: NamedView<S, I>): void {
    const app = this.#app;
    app.address = this.#readAddress();
    const to = this.#shown;
    if (from !== to) from.view.leave?.();
    document.title = `${to.title} · ${app.service.service} console`;
    app.redraw();
    to.view.enter(app);
  }

  #draw(): TemplateResult {
    const { service, feed } = this.#app;
    return html`<a class="skip" href="#main">To the content</a>
    <header class="top">
      <div class="row spread"><h1>${service.service} <span class="muted">${service.stage} ${service.version}</span></h1>
      <span class="badge ${feed.isLost ? 'bad' : 'good'}" id="connection" role="status">${feed.isLost ? 'no answer' : 'live'}</span></div>
      <div class="row spread"><nav aria-label="Views"><ul>${this.#views.map((view) => this.#navItem(view))}</ul></nav>${this.#search()}</div>
    </header>
    ${feed.isLost ? html`<p class="lost" role="alert">The service has not answered since ${clock(feed.heardAt)}. This page tries again by itself.</p>` : nothing}
    ${service.readOnly ? html`<p class="note-bar">Read-only: this console shows and changes nothing.</p>` : nothing}
    <main id="main" tabindex="-1">${this.#shown.view.show(this.#app)}</main>
    <footer class="muted">HTTP API: <code>${service.api || 'none'}</code> · <a href="/api">The console's API</a></footer>`;
  }

  #navItem({ id, title, badge }: NamedView<S, I>): TemplateResult {
    const count = badge?.(this.#app) ?? 0;
    const shown = count > 0 ? html` <span class="badge bad">${number(count)}</span>` : nothing;
    const isCurrent = this.#shown.id === id;
    return html`<li>${link(this.#app, { view: id }, html`${title}${shown}`, isCurrent)}</li>`;
  }

  #search(): TemplateResult {
    const { placeholder, label } = this.#panels.search;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const form = new FormData(event.target as HTMLFormElement);
      const text = String(form.get('search') ?? '').trim();
      if (text !== '') this.#app.go(this.#panels.find(text)?.address ?? { view: 'logs', text });
    };
    return html`<form role="search" class="row" @submit=${submit}>
    <input name="search" type="search" aria-label=${label} placeholder=${placeholder}>
    <button>Find</button></form>`;
  }
}
