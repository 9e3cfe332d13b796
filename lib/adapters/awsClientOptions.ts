export const REQUEST_TIMEOUT_MS = 1_500;
export const CONNECTION_TIMEOUT_MS = 1_000;
export const MAX_ATTEMPTS = 2;

/**
 * How every client calls AWS: two attempts of 1.5 s each, so that one dependency that never answers costs an invocation
 * 3 s. Region, endpoint and credentials come from the SDK's own variables.
 */
export const awsClientOptions = {
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Without this the SDK only warns when the time is over.
    throwOnRequestTimeout: true,
  },
};
