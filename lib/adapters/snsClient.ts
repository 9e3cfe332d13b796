import { SNSClient } from '@aws-sdk/client-sns';
import { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { AwsAccess } from './awsCall.ts';
import { MAX_ATTEMPTS } from './awsLimits.ts';
import { httpPoster } from './httpPoster.ts';
import { requestSigner } from './signature.ts';

/** What is between here and SNS may change these. */
const UNSIGNED = new Set(['content-length', 'user-agent', 'x-amzn-trace-id']);

/**
 * The SDK's client with the connections and signatures of the client for the tables, which take a fraction of the time.
 * It is told all that it would look for in files at its first call, and puts its middleware together once.
 */
export function snsClient({ region, endpoint, credentials }: AwsAccess): SNSClient {
  const poster = httpPoster(new URL(endpoint));
  const sign = requestSigner(credentials, { region, service: 'sns', path: '/' });
  const { accessKeyId, secretAccessKey } = credentials;
  return new SNSClient({
    ...{ region, endpoint, maxAttempts: MAX_ATTEMPTS, retryMode: 'standard' },
    // It asks for them and leaves signing to the signer.
    credentials: { accessKeyId, secretAccessKey },
    ...{ useFipsEndpoint: false, useDualstackEndpoint: false, userAgentAppId: '' },
    // Lambda's clock is right.
    disableClockSkewCorrection: true,
    ...{ defaultsMode: 'legacy', authSchemePreference: ['sigv4'], cacheMiddleware: true },
    requestHandler: {
      handle: async ({ headers, body }: HttpRequest) => {
        const { status: statusCode, text } = await poster.post(headers, body);
        return { response: new HttpResponse({ statusCode, body: Buffer.from(text) }) };
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
}
