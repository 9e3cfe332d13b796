import { shorten } from './excerpt.ts';

const MAX_TOKEN_LENGTH = 100;

/** A JSON Pointer as a URI fragment: https://www.rfc-editor.org/rfc/rfc6901#section-6 */
export function pointerTo(path: PropertyKey[]): string {
  const token = (part: PropertyKey) =>
    encodeURIComponent(
      shorten(String(part), MAX_TOKEN_LENGTH).replaceAll('~', '~0').replaceAll('/', '~1'),
    );
  return ['#', ...path.map(token)].join('/');
}
