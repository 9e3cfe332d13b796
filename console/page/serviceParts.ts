import { html, type TemplateResult } from 'lit-html';
import type { App, View } from './app.ts';
import { executions, part } from './elements.ts';
import { number } from './format.ts';

/** What any service has: its functions, queues and topics. */
export class ServiceParts implements View {
  enter(): void {}

  show({ service, feed: { latest } }: App): TemplateResult {
    const functions = service.functions.map((key) => {
      const state = latest?.functions[key];
      return part({
        id: key,
        name: key,
        figure: state && executions(state),
        notes: ['executions'],
      });
    });
    const queues = service.queues.map((name) => {
      const { visible, inFlight = 0 } = latest?.queues[name] ?? {};
      const figure = visible === undefined ? undefined : number(visible);
      const notes = [`waiting, ${number(inFlight)} in flight`];
      return part({ id: `queue-${name}`, name, figure, notes });
    });
    const topics = service.topics.map(({ name, subscriptions }) => {
      const notes = [`subscribed: ${subscriptions.join(', ') || 'nobody'}`];
      return part({ id: `topic-${name}`, name, figure: subscriptions.length, notes });
    });
    return html`${card('functions', 'Functions', functions)} ${card('queues', 'Queues', queues)}
      ${card('topics', 'Topics', topics)}`;
  }
}

const card = (id: string, title: string, parts: TemplateResult[]): TemplateResult | string =>
  parts.length === 0
    ? ''
    : html`<section class="card" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
      <ul class="parts">${parts}</ul></section>`;
