import type { Order } from './order.ts';

export type ErrorCode =
  | 'invalid_request'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'order_not_found'
  | 'key_reused'
  | 'order_in_progress'
  | 'order_cancelled'
  | 'cannot_cancel'
  | 'sold_out'
  | 'customer_limit'
  | 'payment_declined'
  | 'not_configured'
  | 'not_taken'
  | 'line_too_long'
  | 'provider_down'
  | 'outcome_unknown'
  | 'payment_unsettled'
  | 'malformed_message'
  | 'unreadable_row';

/** One broken rule of a request: where, and which rule and value. */
export interface Fault {
  pointer?: string;
  header?: string;
  parameter?: string;
  detail: string;
  /** Of an item that is sold out. */
  item_id?: string;
  asked?: number;
  /** Whether units may become free again: unpaid orders hold some. */
  may_come_back?: boolean;
}

interface ErrorDetails {
  faults?: Fault[];
  orderId?: string;
  order?: Order;
  retryAfterSeconds?: number;
  /** What is missing or wrong in a row. */
  attributes?: string[];
  cause?: unknown;
}

/** An answer other than success that this service knows. `code` is what callers decide on. */
export class OrderError extends Error {
  readonly code: ErrorCode;
  // Private, since a logged error shows its fields, and a buyer's order is not for the log.
  readonly #details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'OrderError';
    this.code = code;
    this.#details = details;
  }

  get faults(): Fault[] | undefined {
    return this.#details.faults;
  }

  get order(): Order | undefined {
    return this.#details.order;
  }

  get orderId(): string | undefined {
    return this.#details.orderId ?? this.#details.order?.order_id;
  }

  get attributes(): string[] {
    return this.#details.attributes ?? [];
  }

  get retryAfterSeconds(): number | undefined {
    return this.#details.retryAfterSeconds;
  }
}

/** The table turned a write away: nothing of it is there, and nothing of it will come. */
export class NothingStored extends Error {
  constructor(cause: unknown) {
    super('the table refused the write', { cause });
    this.name = 'NothingStored';
  }
}

/** The text of anything thrown, for logs and for an order's `last_error`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text} <- ${errorText(error.cause)}`;
}
