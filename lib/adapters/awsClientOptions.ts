const REQUEST_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 1_000;

/**
 * How every client calls AWS: two attempts of a second each, so that intake's longest way (put, publish, void, cancel)
 * ends inside its function's timeout. Region, endpoint and credentials come from the SDK's own variables.
 */
export const awsClientOptions = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Without this the SDK only warns: https://github.com/smithy-lang/smithy-typescript/pull/1736
    throwOnRequestTimeout: true,
  },
};
