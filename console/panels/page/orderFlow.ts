import { html, nothing, type TemplateResult } from 'lit-html';
import type { ByWay, OrderSample } from '../../../contracts/orderSample.ts';
import type { Way } from '../../../lib/domain/order.ts';
import { describePool } from '../../../ops/workers/poolText.ts';
import { executions, link, part } from '../../page/elements.ts';
import { duration, number, perSecond } from '../../page/format.ts';
import type { OrderApp } from './orderApp.ts';
import { type Drain, drainOf, meanWait, rateOf, rates, total } from './orderRates.ts';

/** The three ways of an order with live counts on their parts. */
export function orderFlow(app: OrderApp): TemplateResult {
  const { latest } = app.feed;
  const { orderDeadLetters, directDeadLetters } = app.service.orderQueues;
  return html`<section class="card pipeline" aria-labelledby="pipeline-title">
    <div class="row spread"><h2 id="pipeline-title">Order flow</h2>${account(latest)}</div>
    <div class="lanes">
      <div class="lane sync">
        <h3>The buyer waits <code>sync</code></h3>
        <ol class="taken">${taken(app, ['sync'], '/orders/sync')}</ol>
        <ol class="paid">
          ${functionPart(app, 'orderSync', 'pays while the buyer waits', 'sync')}
          ${completed(app, 'sync')} ${turnedAway(app)} ${notCompleted(app, 'sync')}
        </ol>
      </div>
      <div class="fork">
        <div class="lane shared">
          <h3>Answered at once, paid later</h3>
          <ol class="taken">
            ${taken(app, ['queued', 'direct'], '/orders/async')}
            ${functionPart(app, 'orderAsync', 'stores and publishes')} ${topic(app)}
          </ol>
        </div>
        <div class="lane queued">
          <h3>A queue and its workers <code>queued</code></h3>
          <ol class="paid">
            ${queuePart(app)} ${functionPart(app, 'queueWorker', workersNote(app), 'queued')}
            ${completed(app, 'queued')} ${notCompleted(app, 'queued')} ${deadPart(app, orderDeadLetters)}
          </ol>
        </div>
        <div class="lane direct">
          <h3>SNS straight to Lambda <code>direct</code></h3>
          <ol class="paid">
            ${part({ id: 'events', name: 'Lambda events', figure: latest && number(latest.events.waiting), notes: ['waiting'] })}
            ${functionPart(app, 'topicProcessor', 'one order each', 'direct')}
            ${completed(app, 'direct')} ${notCompleted(app, 'direct')} ${deadPart(app, directDeadLetters)}
          </ol>
        </div>
      </div>
    </div>
    <p class="muted key">Rates are of the last 10 seconds, counts of the last 15 minutes.</p>
  </section>`;
}

/** What all functions run together, of what the account may. */
function account(sample: OrderSample | undefined): TemplateResult | typeof nothing {
  if (!sample) return nothing;
  const { running, limit } = sample.account;
  return html`<p class="account muted" id="account">All functions run <b>${number(running)}</b> of ${number(limit)} executions
    <meter min="0" max=${limit} .value=${running} aria-label="Executions of the account's quota"></meter></p>`;
}

function taken({ feed }: OrderApp, ways: Way[], path: string): TemplateResult {
  const sum = (figures: ByWay) => ways.reduce((all, way) => all + figures[way], 0);
  return part({
    id: `taken-${ways[0]}`,
    name: 'Taken',
    figure: perSecond(sum(rates(feed.samples, 'accepted'))),
    notes: [
      html`<code>POST ${path}</code>`,
      ...said(sum(total(feed.samples, 'refused')), 'refused'),
    ],
  });
}

function topic({ feed }: OrderApp): TemplateResult {
  const { queued, direct } = rates(feed.samples, 'accepted');
  return part({
    id: 'topic',
    name: 'Order topic',
    figure: perSecond(queued + direct),
    notes: [`${perSecond(queued)} to the queue, ${perSecond(direct)} to Lambda`],
  });
}

function completed({ feed }: OrderApp, way: Way): TemplateResult {
  const wait = meanWait(feed.samples, way);
  return part({
    id: `completed-${way}`,
    name: 'Completed',
    figure: perSecond(rates(feed.samples, 'completed')[way]),
    notes: [wait === undefined ? 'paid' : `${number(wait)} s after they were taken`],
    state: 'good',
  });
}

function notCompleted({ feed }: OrderApp, way: Way): TemplateResult {
  const declined = total(feed.samples, 'declined')[way];
  const cancelled = total(feed.samples, 'cancelled')[way];
  return part({
    id: `not-completed-${way}`,
    name: 'Not completed',
    figure: number(declined + cancelled),
    notes: [`${number(declined)} declined, ${number(cancelled)} cancelled`],
    state: 'aside',
  });
}

function functionPart({ feed }: OrderApp, key: string, note: string, way?: Way): TemplateResult {
  const state = feed.latest?.functions[key];
  const failed = way ? total(feed.samples, 'attemptsFailed')[way] : 0;
  const notes = [note, ...said(failed, failed === 1 ? 'attempt failed' : 'attempts failed')];
  if (!state) return part({ id: key, name: key, figure: undefined, notes });
  const { running, limit } = state;
  return part({
    id: key,
    name: key,
    figure: executions(state),
    meter: html`<meter min="0" max=${Math.max(1, limit)} .value=${running} aria-label="${key}: executions of its limit"></meter>`,
    notes,
    state: running >= limit ? 'full' : '',
  });
}

const said = (count: number, what: string): TemplateResult[] =>
  count > 0 ? [html`<span class="fault">${number(count)} ${what}</span>`] : [];

function workersNote({ feed, service }: OrderApp): string {
  const whole = service.workerBatchSize;
  const mapping = feed.latest?.mapping;
  if (!mapping) return '';
  return mapping.enabled ? describePool(mapping.maximum, mapping.batchSize, whole) : 'paused';
}

function queuePart({ feed, service }: OrderApp): TemplateResult {
  const depth = feed.latest?.queues[service.orderQueues.orders];
  const drain = drainOf(feed.samples, service.orderQueues.orders);
  return part({
    id: 'queue',
    name: 'Order queue',
    figure: depth && number(depth.visible),
    notes: [
      html`waiting, <span id="part-in-flight">${number(depth?.inFlight ?? 0)}</span> in flight`,
      html`<span class="drain ${drain.state}" id="drain">${drainText(drain)}</span>`,
    ],
  });
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
function turnedAway({ feed }: OrderApp): TemplateResult {
  return part({
    id: 'turned-away',
    name: 'Turned away',
    figure: perSecond(rateOf(feed.samples, ({ functions }) => functions.orderSync?.throttled ?? 0)),
    notes: ['503, all busy'],
    state: 'aside',
  });
}

function deadPart(app: OrderApp, queue: string): TemplateResult | typeof nothing {
  const depth = app.feed.latest?.queues[queue];
  if (!depth) return nothing;
  const count = depth.visible + depth.inFlight;
  return part({
    id: queue,
    name: link(app, { view: 'dead-letters' }, 'Dead letters'),
    figure: number(count),
    notes: ['given up'],
    state: count > 0 ? 'aside bad' : 'aside',
  });
}
