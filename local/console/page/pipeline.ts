import { html, nothing, type TemplateResult } from 'lit-html';
import { noOrders, type Sample, type Way } from '../sample.ts';
import type { App } from './app.ts';
import { type Drain, drainOf, lastSeconds, rates } from './flow.ts';
import { duration, number, perSecond } from './format.ts';

/** The three ways of an order with live counts on their parts. */
export function pipeline(app: App): TemplateResult {
  const { samples, latest } = app.feed;
  const accepted = latest ? rates(samples, 'accepted') : noOrders();
  const completed = latest ? rates(samples, 'completed') : noOrders();
  return html`<section class="card" aria-labelledby="pipeline-title">
    <h2 id="pipeline-title">The way of an order</h2>
    <div class="lanes">
      ${lane('sync', 'The buyer waits', [
        intake(accepted.sync, 'POST /orders/sync'),
        functionPart('orderSync', latest, 'pays at once'),
        refused(samples),
        done(completed.sync, 'sync'),
      ])}
      ${lane('queued', 'A queue and its workers', [
        intake(accepted.queued, 'POST /orders/async'),
        queuePart(app),
        functionPart('queueWorker', latest, workersNote(latest)),
        done(completed.queued, 'queued'),
        deadPart(app, app.service.queues.orderDeadLetters),
      ])}
      ${lane('direct', 'SNS straight to Lambda', [
        intake(accepted.direct, 'POST /orders/async?way=direct'),
        part('events', 'Lambda events', latest?.events.waiting, 'waiting'),
        functionPart('topicProcessor', latest, 'one order each'),
        done(completed.direct, 'direct'),
        deadPart(app, app.service.queues.directDeadLetters),
      ])}
    </div>
  </section>`;
}

const lane = (way: Way, title: string, parts: unknown[]): TemplateResult =>
  html`<div class="lane ${way}"><h3>${title} <code>${way}</code></h3><ol>${parts}</ol></div>`;

function part(
  id: string,
  name: unknown,
  count: number | undefined,
  note: unknown,
  state = '',
): TemplateResult {
  return html`<li class="part ${state}"><span class="name">${name}</span>
    <b id="part-${id}">${count === undefined ? '–' : number(count)}</b><span class="note">${note}</span></li>`;
}

const intake = (rate: number, route: string): TemplateResult =>
  html`<li class="part"><span class="name">Taken</span><b>${perSecond(rate)}</b><span class="note"><code>${route}</code></span></li>`;

const done = (rate: number, way: Way): TemplateResult =>
  html`<li class="part"><span class="name">Completed</span><b id="part-completed-${way}">${perSecond(rate)}</b><span class="note">orders paid</span></li>`;

function functionPart(key: string, sample: Sample | undefined, note: string): TemplateResult {
  const state = sample?.functions[key];
  if (!state) return part(key, key, undefined, note);
  const isFull = state.running >= state.limit;
  return html`<li class="part ${isFull ? 'full' : ''}"><span class="name">${key}</span>
    <b id="part-${key}">${number(state.running)} <small>of ${number(state.limit)}</small></b>
    <meter min="0" max=${state.limit} .value=${state.running} aria-label="${key}: executions of its limit"></meter>
    <span class="note">${note}</span></li>`;
}

function workersNote(sample: Sample | undefined): string {
  const mapping = sample?.mapping;
  if (!mapping) return '';
  return mapping.enabled ? `${mapping.batchSize} orders each` : 'paused';
}

function queuePart({ feed, service }: App): TemplateResult {
  const depth = feed.latest?.queues[service.queues.orders];
  return html`<li class="part"><span class="name">Order queue</span>
    <b id="part-queue">${depth ? number(depth.visible) : '–'}</b>
    <span class="note">waiting, <span id="part-in-flight">${number(depth?.inFlight ?? 0)}</span> in flight</span>
    <span class="note drain" id="drain">${drainText(drainOf(feed.samples, service.queues.orders))}</span></li>`;
}

function drainText(drain: Drain): string {
  switch (drain.state) {
    case 'empty':
      return 'empty';
    case 'draining':
      return `drained in ${duration(drain.seconds)} at this rate`;
    case 'growing':
      return `grows by ${perSecond(drain.perSecond)}`;
    case 'standing':
      return 'neither grows nor drains';
  }
}

/** Refusals are the sync way's answer to a crowd: no free execution, 503 at once. */
function refused(samples: Sample[]): TemplateResult {
  const recent = lastSeconds(samples, 10);
  const seconds = recent.reduce((sum, sample) => sum + sample.seconds, 0);
  const count = recent.reduce(
    (sum, { functions }) => sum + (functions.orderSync?.throttled ?? 0),
    0,
  );
  const rate = seconds > 0 ? count / seconds : 0;
  return html`<li class="part aside"><span class="name">Turned away</span><b>${perSecond(rate)}</b><span class="note">503, all busy</span></li>`;
}

function deadPart({ feed, go }: App, queue: string): TemplateResult | typeof nothing {
  const depth = feed.latest?.queues[queue];
  if (!depth) return nothing;
  const count = depth.visible + depth.inFlight;
  const open = (event: Event) => {
    event.preventDefault();
    go({ view: 'dead-letters' });
  };
  const link = html`<a href="/?view=dead-letters" @click=${open}>Dead letters</a>`;
  return part(queue, link, count, 'given up', count > 0 ? 'aside bad' : 'aside');
}
