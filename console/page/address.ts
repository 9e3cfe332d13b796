/** The address bar holds view and filters, so that a link or a reload shows the same. */
export interface Address {
  view: string;
  minutes: number;
  /** The filters of the view, by name. */
  [filter: string]: string | number;
}

export const OVERVIEW = 'overview';
const DEFAULT_MINUTES = 5;

export function readAddress(search: string, views: string[]): Address {
  const query = new URLSearchParams(search);
  const view = views.find((name) => name === query.get('view')) ?? OVERVIEW;
  const minutes = Number(query.get('minutes'));
  return {
    ...Object.fromEntries(query),
    view,
    minutes: [1, 5, 15].includes(minutes) ? minutes : DEFAULT_MINUTES,
  };
}

/** Empty where the address has no such filter. */
export const filterOf = (address: Address, name: string): string => String(address[name] ?? '');

/** The address of a view; what is empty or usual is left out. */
export function writeAddress(address: Partial<Address>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(address)) {
    const isUsual = value === '' || value === OVERVIEW || value === DEFAULT_MINUTES;
    if (!isUsual) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}
