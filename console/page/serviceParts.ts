import { html, type TemplateResult } from 'lit-html';
import type { App, View } from './app.ts';
import { number } from './format.ts';

/** What any service has: its functions, queues and topics. */
export class ServiceParts implements View {
  enter(): void {}

  show(app: App): TemplateResult {
    const { functions, queues, topics } = app.service;
    return html`${card(
      'functions',
      'Functions',
      functions.map((key) => functionPart(app, key)),
    )}
      ${card(
        'queues',
        'Queues',
        queues.map((name) => queuePart(app, name)),
      )}
      ${card(
        'topics',
        'Topics',
        topics.map(({ name, subscriptions }) =>
          part(
            `topic-${name}`,
            name,
            subscriptions.length,
            `subscribed: ${subscriptions.join(', ') || 'nobody'}`,
          ),
        ),
      )}`;
  }
}

const card = (id: string, title: string, parts: TemplateResult[]): TemplateResult | string =>
  parts.length === 0
    ? ''
    : html`<section class="card" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
      <ul class="parts">${parts}</ul></section>`;

const part = (id: string, name: string, figure: unknown, note: string): TemplateResult =>
  html`<li class="part"><span class="name">${name}</span><b id="part-${id}">${figure}</b><span class="note">${note}</span></li>`;

function functionPart({ feed }: App, key: string): TemplateResult {
  const state = feed.latest?.functions[key];
  const figure = state
    ? html`${number(state.running)} <small>of ${number(state.limit)}</small>`
    : '–';
  return part(key, key, figure, 'executions');
}

function queuePart({ feed }: App, name: string): TemplateResult {
  const depth = feed.latest?.queues[name];
  return part(
    `queue-${name}`,
    name,
    depth ? number(depth.visible) : '–',
    `waiting, ${number(depth?.inFlight ?? 0)} in flight`,
  );
}
