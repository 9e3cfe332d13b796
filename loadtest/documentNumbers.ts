/** What the document's formulas rest on; the parameters of the service may differ, and then the claims fail. */
export const DOCUMENT = {
  paymentSeconds: 3,
  syncSlots: 5,
  /** Payments that one worker takes at a time. */
  workerBatch: 10,
  syncWaitSeconds: [1, 3],
  asyncWaitSeconds: [0.1, 0.5],
} as const;

/** The document's names of its phases; 5 is two, one that drains the backlog of 3 and one that keeps up. */
export const PHASE = {
  noConfiguration: '0',
  normalDay: '1a',
  flashSale: '1b',
  oneWorker: '3',
  drain: '5a',
  manyWorkers: '5b',
  direct: '6',
  /** Of our own: the document knows no stock. */
  stock: '7',
} as const;

/** Orders a second that `workers` workers complete. */
export const workerRate = (workers: number): number =>
  (workers * DOCUMENT.workerBatch) / DOCUMENT.paymentSeconds;
