import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into `sls local` with `--import`: sends what the event source mapping asks of the order queue to the fault
 * server. (The functions' own calls get there by their AWS_ENDPOINT_URL variables; the mapping is not a function.)
 */
const faults = new URL(process.env.FAULT_SERVER_URL ?? 'http://127.0.0.1');
const isTapped = (headers: http.OutgoingHttpHeaders | undefined) =>
  /^AmazonSQS\.(ReceiveMessage|DeleteMessageBatch)$/.test(
    String(headers?.['x-amz-target'] ?? headers?.['X-Amz-Target']),
  );

if (isMainThread) {
  const request = http.request as (
    options: http.RequestOptions,
    ...rest: unknown[]
  ) => http.ClientRequest;
  const tapped = (options: http.RequestOptions, ...rest: unknown[]) => {
    if (!isTapped(options.headers as http.OutgoingHttpHeaders | undefined))
      return request(options, ...rest);
    const { hostname: host, port } = faults;
    return request(
      { ...options, host, hostname: host, port, path: `/sqs${options.path ?? '/'}` },
      ...rest,
    );
  };
  http.request = tapped as typeof http.request;
  syncBuiltinESMExports();
}
