import type { IncomingMessage } from 'node:http';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_BODY_BYTES = 10 * 1024 * 1024;

/** The client broke off before its body was complete: there is nobody to answer. */
export class ClientGoneError extends Error {}

/** Reads a body; undefined when it is larger than an HTTP API takes. */
export async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const declared = message.headers['content-length'];
  if (Number(declared ?? 0) > LONGEST_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LONGEST_BODY_BYTES) resolve(undefined);
      else chunks.push(chunk);
    });
    message.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    message.once('close', () => {
      if (!message.complete) reject(new ClientGoneError('the request was not complete'));
    });
  });
}

/**
 * Media types whose body arrives as text; every other, and a body without a type, arrives in base64. AWS publishes no
 * list, so this is what others measured: https://github.com/ministackorg/ministack/pull/766 and, for parameters,
 * https://github.com/floci-io/floci/pull/2203 (`charset=utf-8` stays text, `charset=iso-8859-1` does not).
 */
const TEXT_TYPE =
  /^(?:text\/[^\s;]+|application\/(?:json|xml|javascript|graphql))\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

interface EventBody {
  body?: string;
  isBase64Encoded: boolean;
}

/** A request without a body has no `body` field. What is encoded is not text, whatever it is the encoding of. */
export function eventBody(headers: Map<string, string[]>, body: Buffer): EventBody {
  if (body.length === 0) return { isBase64Encoded: false };
  const [type = ''] = headers.get('content-type') ?? [];
  const [encoding = 'identity'] = headers.get('content-encoding') ?? [];
  return TEXT_TYPE.test(type) && encoding.toLowerCase() === 'identity'
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}
