import { parseJson } from '../../../common/json.ts';
import type { LogEntry } from '../../../contracts/consoleApi.ts';
import type { StoredOrder } from '../../../contracts/orderPanelsApi.ts';

export interface LifeStep {
  /** Since the order was taken. */
  at: string;
  title: string;
  /** The function that wrote it. */
  where: string;
  problem?: string;
}

/** What the lines of an order say. */
export interface LogFields {
  message?: string;
  timestamp?: string;
  status?: string;
  state?: string;
  took_ms?: number;
  /** Of an end that came with the answer of its charge. */
  charge_ms?: number;
  cause?: string;
}

const WAITING: Record<string, string> = {
  queued: 'waits for a worker',
  direct: 'waits for an execution',
  sync: 'is being paid',
};

/** The life of an order step by step, from its log lines; what they no longer hold, from its record. */
export function orderLife({ order, log, isDead }: StoredOrder): LifeStep[] {
  const start = Date.parse(order.created_at);
  const steps = log.flatMap((line) => stepOf(line, start));
  const isWhole = steps.some(({ title }) => title.startsWith('order accepted'));
  const known = isWhole ? steps : [{ at: '0 s', title: 'order accepted', where: '' }, ...steps];
  if (order.status === 'pending') {
    return [
      ...known,
      {
        at: '…',
        title: isDead ? 'is dead: its message was given up' : waitingFor(order.way, known.at(-1)),
        where: '',
      },
    ];
  }
  if (known.some(({ title }) => title.startsWith('order ended'))) return known;
  const end = Date.parse(String(order.completed_at ?? ''));
  return [...known, { at: offset(end, start), title: `order ended: ${order.status}`, where: '' }];
}

function waitingFor(way: string, { title, problem }: Partial<LifeStep> = {}): string {
  if (title === 'order received') return 'is being paid';
  if (problem !== undefined) return 'waits to be tried again';
  return WAITING[way] ?? 'waits';
}

function stepOf({ at, functionKey, line }: LogEntry, start: number): LifeStep[] {
  const fields = parseJson(line) as LogFields | undefined;
  if (fields?.message === undefined) return [];
  const details = detailsOf(fields);
  const time = Date.parse(fields.timestamp ?? '') || at;
  return [
    {
      at: offset(time, start),
      title: details === '' ? plain(fields.message) : `${plain(fields.message)}: ${details}`,
      where: functionKey,
      ...(fields.cause !== undefined && { problem: fields.cause }),
    },
  ];
}

const PLAIN: Record<string, string> = { 'the charge gave no answer': 'charge failed' };
const plain = (message: string): string => PLAIN[message] ?? message;

function detailsOf({ message, status, state, took_ms, charge_ms }: LogFields): string {
  const seconds = (ms: number | undefined, text: string) =>
    ms === undefined ? '' : `${text} ${(ms / 1000).toFixed(1)} s`;
  if (message === 'order ended') return `${status ?? ''}${seconds(charge_ms, ', its charge took')}`;
  return [state ?? '', seconds(took_ms, 'after')].filter(Boolean).join(' ');
}

const offset = (time: number, start: number): string =>
  Number.isNaN(time) ? '' : `${(Math.max(0, time - start) / 1000).toFixed(1)} s`;
