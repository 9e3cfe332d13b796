import { isObject, parseJson } from '../../../common/json.ts';
import { LambdaApiError } from '../errors.ts';

type Fault = string | undefined;

/** AWS's words for a number that is out of its range. */
export function range(field: string, value: unknown, least: number, most: number): Fault {
  if (value === undefined || value === null) return undefined;
  const given = `Value '${value}' at '${field}' failed to satisfy constraint: Member must`;
  if (typeof value !== 'number' || !Number.isInteger(value)) return `${given} be an integer`;
  if (value < least) return `${given} have value greater than or equal to ${least}`;
  if (value > most) return `${given} have value less than or equal to ${most}`;
  return undefined;
}

export function oneOf(field: string, value: unknown, allowed: string[]): Fault {
  if (value === undefined || allowed.includes(String(value))) return undefined;
  return `Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`;
}

export function required(field: string, value: unknown): Fault {
  if (value !== undefined && value !== null) return undefined;
  return `Value null at '${field}' failed to satisfy constraint: Member must not be null`;
}

/** All faults at once, as AWS lists them. */
export function refuse(faults: Fault[]): void {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length === 0) return;
  const count = `${found.length} validation error${found.length > 1 ? 's' : ''} detected`;
  throw new LambdaApiError('ValidationException', 400, `${count}: ${found.join('; ')}`);
}

/**
 * The body of an operation that takes JSON. AWS lists no exception of its own for one that is none (only for Invoke), so
 * it is the protocol's: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export function jsonBody(body: string): Record<string, unknown> {
  const parsed = body.trim() === '' ? {} : parseJson(body);
  if (isObject(parsed)) return parsed;
  throw new LambdaApiError('SerializationException', 400, 'The request body is not a JSON object');
}

/** Reads a member of a request that has to be of one type, if it is there. */
const memberReader =
  <T>(isOfType: (value: unknown) => value is T, refusal: string) =>
  (request: Record<string, unknown>, name: string): T | undefined => {
    const value = request[name] ?? undefined;
    if (value === undefined || isOfType(value)) return value;
    throw new LambdaApiError('SerializationException', 400, `${name} is ${refusal}`);
  };

export const objectMember = memberReader(isObject, 'not an object');
export const listMember = memberReader(
  (value): value is unknown[] => Array.isArray(value),
  'not a list',
);
export const truthMember = memberReader(
  (value) => typeof value === 'boolean',
  'neither true nor false',
);
