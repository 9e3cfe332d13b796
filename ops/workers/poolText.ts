/** What runs as two halves reads as the one worker it is: Lambda takes no maximum concurrency below 2. */
export const isSingleWorker = (maximum: number | null, batchSize: number, whole: number): boolean =>
  maximum === 2 && batchSize < whole && batchSize === Math.ceil(whole / 2);

/** `20 workers of 10 orders`, `1 worker (2 x 5: AWS's least)`. */
export function describePool(maximum: number | null, batchSize: number, whole: number): string {
  if (isSingleWorker(maximum, batchSize, whole)) return `1 worker (2 x ${batchSize}: AWS's least)`;
  return `${maximum ?? 'any number of'} workers of ${batchSize} orders`;
}
