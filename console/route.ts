import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import * as z from 'zod';

export interface Answer {
  status?: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** One thing that the console's API can do: what answers it, and what `/api` says about it. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/orders/{order_id}` */
  path: string;
  /** Both of them. */
  routeKey: string;
  summary: string;
  /** No other parameter is taken. */
  query: z.ZodObject;
  body: z.ZodType;
  answers: string;
  handle: (request: RouteRequest) => Promise<Answer> | Answer;
  /** In place of `handle`: keeps the connection. */
  stream?: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface RouteRequest<TQuery = unknown, TBody = unknown> {
  parameters: Record<string, string>;
  query: TQuery;
  body: TBody;
}

type Definition<TQuery extends z.ZodObject, TBody extends z.ZodType> = Pick<
  Route,
  'summary' | 'answers' | 'stream'
> & {
  query?: TQuery;
  body?: TBody;
  handle?: (request: RouteRequest<z.infer<TQuery>, z.infer<TBody>>) => Promise<Answer> | Answer;
};

const noQuery = z.object({});
const noBody = z.undefined();

/** Types a route's handler by the schemas of its query and body. */
export const route = <
  TQuery extends z.ZodObject = typeof noQuery,
  TBody extends z.ZodType = typeof noBody,
>(
  method: Route['method'],
  path: string,
  definition: Definition<TQuery, TBody>,
): Route => ({
  method,
  path,
  routeKey: `${method} ${path}`,
  query: noQuery,
  body: noBody,
  ...definition,
  handle: (definition.handle ?? (() => json(null))) as Route['handle'],
});

export const takesBody = ({ body }: { body: z.ZodType }): boolean => body !== noBody;

export const json = <T>(value: T, status = 200): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** A request that the console refuses or cannot serve: RFC 9457. */
export class ConsoleProblem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export const problem = (status: number, detail: string): Answer => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail }),
});
