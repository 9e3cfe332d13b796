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
