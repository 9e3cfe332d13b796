/**
 * Of items that are smaller than a unit: a strongly consistent read takes one, any other half of it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export function readUnits(operation: string, body: string): number {
  if (operation === 'Query') return 0.5;
  if (!/^(Batch)?GetItem$/.test(operation)) return 0;
  const one = JSON.parse(body) as Reads & { RequestItems?: Record<string, Reads> };
  return Object.values(one.RequestItems ?? [one]).reduce(
    (sum, { Keys, ConsistentRead }) => sum + (Keys?.length ?? 1) * (ConsistentRead ? 1 : 0.5),
    0,
  );
}

interface Reads {
  Keys?: object[];
  ConsistentRead?: boolean;
}
