/** Points every SDK client made from now on at these endpoints. */
export function useEndpoints(endpoints: { dynamodb?: string; sns?: string }): void {
  for (const [service, url] of Object.entries(endpoints)) {
    process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] = url;
  }
}

// On import, so that a function can be imported after it: functions read their configuration as they start.
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  ORDERS_TABLE: 'orders',
  CHARGES_TABLE: 'charges',
  SNS_TOPIC_ARN: 'arn:aws:sns:us-east-1:000000000000:orders',
  SQS_QUEUE_URL: 'http://127.0.0.1/orders',
  ASYNC_WAY: 'queued',
  ORDER_ID_SALT: 'a salt of sixteen characters',
  PAYMENT_SECONDS: '0.1',
  PAYMENTS_AT_ONCE: '220',
  PAYMENTS_PER_WORKER: '10',
  PAYMENT_TIMEOUT_MS: '2100',
  PAYMENT_FAULTS: '',
  SYNC_LEASE_SECONDS: '15',
  SWEEP_AFTER_SECONDS: '900',
  SERVICE_VERSION: '1.0.0',
  STAGE: 'test',
  POWERTOOLS_SERVICE_NAME: 'flash-sale',
  POWERTOOLS_METRICS_NAMESPACE: 'FlashSale',
  POWERTOOLS_LOG_LEVEL: 'INFO',
});
