/** Two attempts of 1.5 s each, so that one dependency that never answers costs an invocation 3 s. */
export const REQUEST_TIMEOUT_MS = 1_500;
export const CONNECTION_TIMEOUT_MS = 1_000;
export const MAX_ATTEMPTS = 2;
