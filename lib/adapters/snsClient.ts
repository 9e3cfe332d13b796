import { SNSClient } from '@aws-sdk/client-sns';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { getSchemaSerdePlugin } from '@smithy/core/schema';
import type { AwsAccess } from './awsCall.ts';
import { httpPoster } from './httpPoster.ts';
import { retrier } from './retries.ts';
import { requestSigner } from './signature.ts';

/** What is between here and SNS may change these. */
const UNSIGNED = new Set(['content-length', 'x-amzn-trace-id']);

/**
 * The SDK's client with the connections, signatures and retries of the client for the tables, which take a fraction of
 * the time. It is told all that it would look for in files at its first call, and puts its middleware together once.
 * What SNS says of a message that it has taken is not read.
 */
export function snsClient({ region, endpoint, credentials }: AwsAccess): SNSClient {
  const url = new URL(endpoint);
  const poster = httpPoster(url);
  const sign = requestSigner(credentials, { region, service: 'sns', path: '/' });
  const { accessKeyId, secretAccessKey } = credentials;
  const client = new SNSClient({
    ...{ region, endpoint: { url } },
    // It asks for them and leaves signing to the signer.
    credentials: { accessKeyId, secretAccessKey },
    ...{ useFipsEndpoint: false, useDualstackEndpoint: false },
    // Lambda's clock is right.
    disableClockSkewCorrection: true,
    ...{ defaultsMode: 'legacy', authSchemePreference: ['sigv4'], cacheMiddleware: true },
    requestHandler: {
      handle: async ({ headers, body }: HttpRequest) => {
        const { status: statusCode, text } = await poster.post(headers, body);
        const read = statusCode === 200 ? '' : text;
        return { response: new HttpResponse({ statusCode, body: Buffer.from(read) }) };
      },
      destroy: poster.destroy,
    },
    signer: {
      sign: async (request, { signingDate = new Date() } = {}) => {
        const names = Object.keys(request.headers).filter((name) => !UNSIGNED.has(name));
        const signed = Object.fromEntries(names.map((name) => [name, request.headers[name] ?? '']));
        // A copy: the next attempt signs the same request anew.
        const copy = HttpRequest.clone(request);
        Object.assign(copy.headers, sign(signed, request.body, new Date(signingDate)));
        return copy;
      },
    },
  });
  lighten(client);
  return client;
}

/**
 * Spares each call a fifth of its CPU: settings that V8 keeps as a dictionary are copied three times, the user agent is
 * put together anew, and the SDK's own middleware for retries makes an error, with its stack, before anything has failed.
 */
function lighten(client: SNSClient): void {
  const { middlewareStack } = client;
  Object.assign(client, { config: { ...client.config } });
  type Settings = Parameters<typeof getSchemaSerdePlugin>[0];
  middlewareStack.use(getSchemaSerdePlugin(client.config as unknown as Settings));
  middlewareStack.remove('getUserAgentMiddleware');
  middlewareStack.remove('loggerMiddleware');
  const retry = retrier();
  middlewareStack.add((next) => (args) => retry(() => next(args)), {
    ...{ name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true },
  });
}
