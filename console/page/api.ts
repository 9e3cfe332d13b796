import type * as z from 'zod';

/** What an answer that is not good says. */
export class ApiProblem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export const get = <T>(path: string, schema: z.ZodType<T>): Promise<T> => call(path, {}, schema);

export const send = <T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  schema: z.ZodType<T>,
  body?: unknown,
): Promise<T> => {
  const headers = { 'content-type': 'application/json' };
  return call(path, { method, headers, body: JSON.stringify(body) }, schema);
};

async function call<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiProblem(0, 'The service does not answer.');
  });
  const answer: unknown = await response.json();
  if (response.ok) return schema.parse(answer);
  const { detail = response.statusText } = answer as { detail?: string };
  throw new ApiProblem(response.status, detail);
}
