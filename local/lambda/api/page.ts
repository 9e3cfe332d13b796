import { InvalidParameterError } from '../errors.ts';
import { range, refuse } from './constraints.ts';

interface ListLimits {
  /** What may be asked for, which is not what one page has. */
  maxItems: number;
  perPage: number;
}

/** One page of a list by `Marker` and `MaxItems`: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function page<Item>(
  query: URLSearchParams,
  all: readonly Item[],
  { maxItems, perPage }: ListLimits,
): { items: Item[]; NextMarker?: string } {
  const given = query.get('MaxItems');
  // An integer of the protocol is written in digits.
  const asked = given !== null && /^-?\d+$/.test(given) ? Number(given) : given;
  refuse([range('maxItems', asked, 1, maxItems)]);
  const start = firstOf(query.get('Marker'), all.length);
  const end = start + Math.min(Number(asked ?? perPage), perPage);
  const items = all.slice(start, end);
  return end < all.length ? { items, NextMarker: String(end) } : { items };
}

/** A marker is what the page before has given. */
function firstOf(marker: string | null, count: number): number {
  if (marker === null) return 0;
  if (/^\d+$/.test(marker) && Number(marker) > 0 && Number(marker) < count) return Number(marker);
  throw new InvalidParameterError(`Invalid Marker ${JSON.stringify(marker.slice(0, 100))}`);
}
