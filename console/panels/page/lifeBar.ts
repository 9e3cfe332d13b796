import { html, nothing, type TemplateResult } from 'lit-html';
import { parseJson } from '../../../common/json.ts';
import type { StoredOrder } from '../../../contracts/orderPanelsApi.ts';
import { number } from '../../page/format.ts';
import type { LogFields } from './orderLife.ts';

type Kind = 'taking' | 'waiting' | 'failed' | 'charging' | 'charged' | 'declined' | 'dead';

export interface LifePart {
  kind: Kind;
  label: string;
  seconds: number;
}

interface Line {
  atMs: number;
  message: string;
  /** Of its end: with the answer of its charge. */
  status?: string | undefined;
  isCharged: boolean;
}

/** The next receive tells that it was published, which is no line of its own. */
const WAITS: Record<string, string> = {
  queued: 'waits in the queue',
  direct: 'waits for Lambda',
};

const STARTS = /^(order received|order accepted)$/;

/** What an order spent its time on, from acceptance to its end or until now, by its log lines. */
export function lifeParts({ order, log, isDead }: StoredOrder, nowMs: number): LifePart[] {
  const lines = log.flatMap(({ line, at }): Line[] => {
    const { message, timestamp = '', status, charge_ms } = (parseJson(line) ?? {}) as LogFields;
    const atMs = Date.parse(timestamp) || at;
    return message === undefined
      ? []
      : [{ atMs, message, status, isCharged: charge_ms !== undefined }];
  });
  const start = Date.parse(order.created_at);
  const parts: LifePart[] = [];
  let fromMs = start;
  let attempts = 0;
  const add = (toMs: number, kind: Kind, label: string) => {
    parts.push({ kind, label, seconds: Math.max(0, toMs - fromMs) / 1000 });
    fromMs = Math.max(fromMs, toMs);
  };
  for (const { atMs, message, status, isCharged } of lines) {
    if (message === 'order accepted') add(atMs, 'taking', 'taken');
    if (message === 'order received')
      add(atMs, 'waiting', `published, then ${WAITS[order.way] ?? 'waits'}`);
    if (message.startsWith('attempt failed')) attempts += 1;
    if (message.startsWith('attempt failed')) add(atMs, 'failed', `attempt ${attempts} failed`);
    if (isCharged && status === 'declined') add(atMs, 'declined', 'charge: declined');
    else if (isCharged) add(atMs, 'charged', 'charge: charged');
  }
  if (order.status === 'pending') parts.push(openPart(lines, isDead, (nowMs - fromMs) / 1000));
  return parts;
}

function openPart(lines: Line[], isDead: boolean, seconds: number): LifePart {
  if (isDead) return { kind: 'dead', label: 'dead: its message was given up', seconds };
  const last = lines.findLast(
    ({ message }) => STARTS.test(message) || message.startsWith('attempt'),
  );
  return last?.message === 'order received'
    ? { kind: 'charging', label: 'is being paid', seconds }
    : { kind: 'waiting', label: 'waits', seconds };
}

/** One bar; the shortest part can still be seen. */
export function lifeBar(stored: StoredOrder): TemplateResult | typeof nothing {
  const parts = lifeParts(stored, Date.now());
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  if (parts.length === 0 || !(total > 0)) return nothing;
  const text = parts.map(({ label, seconds }) => `${label} ${secondsText(seconds)}`).join(', ');
  return html`<figure class="life-bar" id="life-bar">
    <div class="bar" role="img" aria-label="From its acceptance on: ${text}">${parts.map(
      ({ kind, seconds }) =>
        html`<span class=${kind} .style=${`flex-grow: ${Math.max(seconds, total / 60)}`}></span>`,
    )}</div>
    <figcaption><ul class="legend">${parts.map(
      ({ kind, label, seconds }) =>
        html`<li><span class="swatch ${kind}" aria-hidden="true"></span>${label} <b>${secondsText(seconds)}</b></li>`,
    )}</ul></figcaption></figure>`;
}

const secondsText = (seconds: number): string =>
  seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${number(seconds)} s`;
