/** What `serverless.yml` calls the service, its metrics' namespace and its functions. */
export const SERVICE = 'flash-sale';
export const OWN_NAMESPACE = 'FlashSale';

export const FUNCTION_KEYS = [
  'orderSync',
  'orderAsync',
  'orderStatus',
  'orderCancel',
  'health',
  'queueWorker',
  'topicProcessor',
  'orderSweeper',
] as const;
export type FunctionKey = (typeof FUNCTION_KEYS)[number];
