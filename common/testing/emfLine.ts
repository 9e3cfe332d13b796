const document = (change: Record<string, unknown> = {}, metric: Record<string, unknown> = {}) => ({
  _aws: {
    Timestamp: 1_795_000_000_000,
    CloudWatchMetrics: [
      {
        Namespace: 'FlashSale',
        Dimensions: [['service', 'way']],
        Metrics: [{ Name: 'OrderAccepted', Unit: 'Count', ...metric }],
      },
    ],
  },
  service: 'flash-sale',
  way: 'queued',
  OrderAccepted: 1,
  ...change,
});
/** A line of metrics as a function writes it, with what a test changes of it and of its metric. */
export const emfLine = (...parts: Parameters<typeof document>) =>
  JSON.stringify(document(...parts));
