import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ErrorCode, OrderError } from '../domain/errors.ts';
import { publicView } from '../domain/orderPromise.ts';

interface ProblemKind {
  status: number;
  title: string;
  /** What the client reads; else the error's own message. Of a 5xx it is fixed, whatever happened inside. */
  detail?: string;
  /** No order came of the request. */
  isRefusal?: true;
}

/** Each error code's HTTP status. Codes that no HTTP function throws answer as `internal_error`. */
const PROBLEMS: Partial<Record<ErrorCode, ProblemKind>> = {
  invalid_request: { status: 400, title: 'The request breaks rules', isRefusal: true },
  payment_declined: { status: 402, title: 'The payment was declined' },
  order_not_found: { status: 404, title: 'There is no such order' },
  order_in_progress: {
    status: 409,
    title: 'The order is still being paid',
    detail: 'the first request with this key is still being paid',
  },
  cannot_cancel: { status: 409, title: 'The order cannot be cancelled' },
  order_cancelled: { status: 409, title: 'The order was cancelled' },
  sold_out: { status: 409, title: 'Sold out', isRefusal: true },
  customer_limit: { status: 409, title: 'A customer may not have so many', isRefusal: true },
  payload_too_large: { status: 413, title: 'The body is too large', isRefusal: true },
  unsupported_media_type: { status: 415, title: 'The body must be JSON', isRefusal: true },
  key_reused: { status: 422, title: 'The idempotency key was used before', isRefusal: true },
  outcome_unknown: {
    status: 500,
    title: 'The outcome is not known',
    detail:
      'Whether the order was taken or paid is not known yet. Look it up, or send the same request with the same Idempotency-Key.',
  },
  not_configured: { status: 503, title: 'Orders cannot be taken this way', isRefusal: true },
  provider_down: {
    status: 503,
    title: 'Orders cannot be paid now',
    detail:
      'The payment provider is down. The order was not taken and nothing was charged. Try again.',
    isRefusal: true,
  },
  line_too_long: {
    status: 503,
    title: 'The line is too long',
    detail:
      'The order would wait longer than this service promises. It was not taken and nothing was charged. Try again.',
    isRefusal: true,
  },
  not_taken: {
    status: 503,
    title: 'The order was not taken',
    detail: 'The order was not taken and nothing was charged. Try again.',
  },
};
const INTERNAL: ProblemKind = {
  status: 500,
  title: 'Internal error',
  detail: 'The service failed. A request repeated with its Idempotency-Key is never taken twice.',
};

/** What a code answers as. */
export const problemKind = (code: ErrorCode | 'internal_error'): ProblemKind =>
  (code !== 'internal_error' && PROBLEMS[code]) || INTERNAL;

const kindOf = (error: unknown): ProblemKind =>
  error instanceof OrderError ? problemKind(error.code) : INTERNAL;

export const isRefusal = (error: unknown): boolean => kindOf(error).isRefusal === true;

/** The answer to an error, as https://www.rfc-editor.org/rfc/rfc9457 has it. */
export function problemResponse(error: unknown): APIGatewayProxyStructuredResultV2 {
  const known = error instanceof OrderError ? error : undefined;
  const { status, title, isRefusal, detail = known?.message } = kindOf(error);
  const code = known !== undefined && PROBLEMS[known.code] ? known.code : 'internal_error';
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(known?.orderId !== undefined && !isRefusal && { location: `/orders/${known.orderId}` }),
      // https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
      ...(status === 415 && { 'accept-encoding': 'identity' }),
      ...(known?.retryAfterSeconds !== undefined && {
        'retry-after': String(Math.max(1, Math.ceil(known.retryAfterSeconds))),
      }),
    },
    body: JSON.stringify({
      type: `urn:flash-sale:problem:${code.replaceAll('_', '-')}`,
      title,
      status,
      detail,
      ...(known?.faults && { errors: known.faults }),
      ...(code === 'payment_declined' && known?.order && { order: publicView(known.order) }),
    }),
  };
}
