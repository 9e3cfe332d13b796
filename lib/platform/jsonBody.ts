import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Fault, OrderError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';

const MAX_BODY_BYTES = 256 * 1024;

/** Runs before middy's parser: bounds the body and decodes it, refusing bytes that are no UTF-8. */
export function boundBody({ event }: { event: APIGatewayProxyEventV2 }): void {
  if (event.body === undefined) return;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new OrderError(
      'payload_too_large',
      `the body must be at most ${MAX_BODY_BYTES} bytes, got ${bytes.length}`,
    );
  }
  try {
    event.body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    event.isBase64Encoded = false;
  } catch {
    throw invalidBody('the body must be UTF-8, got bytes that are not');
  }
}

/** Tells the faults that middy's parser finds in our own words; any other error stays what it is. */
export function explainParserError(error: unknown, event: APIGatewayProxyEventV2): unknown {
  const cause = (error as { cause?: { package?: string; data?: unknown } } | undefined)?.cause;
  if (cause?.package !== '@middy/http-json-body-parser') return error;
  if ((error as { statusCode?: number }).statusCode === 415)
    return unsupportedMediaType(cause.data);
  return (error as Error).message.startsWith('Forbidden key')
    ? invalidBody(`the key ${excerpt(cause.data)} is not allowed in a body`)
    : invalidBody(`the body must be JSON, not nested too deeply, got ${excerpt(event.body)}`);
}

function unsupportedMediaType(contentType: unknown): OrderError {
  const detail = `must be application/json, got ${excerpt(contentType)}`;
  const fault: Fault = { header: 'content-type', detail };
  return new OrderError('unsupported_media_type', `content-type ${detail}`, { faults: [fault] });
}

const invalidBody = (detail: string): OrderError =>
  new OrderError('invalid_request', detail, { faults: [{ pointer: '#', detail }] });
