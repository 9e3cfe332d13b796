import { orderIdIn } from '../../lib/domain/order.ts';
/** The address bar holds view and filters, so that a link or a reload shows the same. */
export const VIEWS = ['overview', 'orders', 'dead-letters', 'logs'] as const;
export type View = (typeof VIEWS)[number];

export interface Address {
  view: View;
  order: string;
  text: string;
  function: string;
  level: string;
  cause: string;
  minutes: number;
}

const DEFAULT_MINUTES = 5;

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const view = VIEWS.find((name) => name === query.get('view')) ?? 'overview';
  const minutes = Number(query.get('minutes'));
  return {
    view,
    order: query.get('order') ?? '',
    text: query.get('text') ?? '',
    function: query.get('function') ?? '',
    level: query.get('level') ?? '',
    cause: query.get('cause') ?? '',
    minutes: [1, 5, 15].includes(minutes) ? minutes : DEFAULT_MINUTES,
  };
}

/** The address of a view; what is empty or usual is left out. */
export function writeAddress(address: Partial<Address>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(address)) {
    const isUsual = value === '' || value === 'overview' || value === DEFAULT_MINUTES;
    if (!isUsual) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** The id in whatever was pasted: an id, an address, a log line, an answer. */
export const findOrderId = (text: string): string | undefined => orderIdIn(text.toLowerCase());
