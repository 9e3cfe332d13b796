import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { publicOrderSchema } from '../../contracts/orderApi.ts';
import { postOrder } from '../bench/saturation.ts';

export type Order = z.infer<typeof publicOrderSchema>;

export interface Answer {
  /** `202`, or with what a refusal says. */
  status: string;
  retryAfterSeconds: number;
  /** Of a 202. */
  order: Order | undefined;
}

const MOST_LATE_MS = 100;
/** Fewer than the executions that are kept for the intake. */
const MOST_WAITING = 25;

export async function buy(api: string, way: 'queued' | 'direct' = 'queued'): Promise<Answer> {
  const response = await postOrder(`${api}/orders/async?way=${way}`);
  const body = await response.json();
  const { detail, message } = body as { detail?: string; message?: string };
  return {
    status: [response.status, detail ?? message].filter(Boolean).join(' '),
    retryAfterSeconds: Number(response.headers.get('retry-after')),
    order: publicOrderSchema.safeParse(body).data,
  };
}

/** So many orders a second, evenly. What a busy machine delays is not made up for in a burst, nor by a growing crowd. */
export async function buyAtRate<T>(
  perSecond: number,
  seconds: number,
  buyOne: () => Promise<T>,
): Promise<T[]> {
  const endMs = Date.now() + seconds * 1000;
  const answers: Promise<T>[] = [];
  const waiting = new Set<Promise<unknown>>();
  for (let nextMs = Date.now(); nextMs < endMs; ) {
    const answer = buyOne();
    answers.push(answer);
    // Whoever waits for all of them hears of what fails, later.
    const gone: Promise<unknown> = answer.then(
      () => waiting.delete(gone),
      () => waiting.delete(gone),
    );
    waiting.add(gone);
    if (waiting.size >= MOST_WAITING) await Promise.race(waiting);
    nextMs = Math.max(nextMs + 1000 / perSecond, Date.now() - MOST_LATE_MS);
    await sleep(Math.max(0, nextMs - Date.now()));
  }
  return Promise.all(answers);
}

/** The buyers of the sale: each waits a tenth to half of a second between two orders. */
export async function buyAsCrowd<T>(
  buyers: number,
  seconds: number,
  buyOne: () => Promise<T>,
): Promise<T[]> {
  const endMs = Date.now() + seconds * 1000;
  const each = Array.from({ length: buyers }, async () => {
    const answers: T[] = [];
    for (; Date.now() < endMs; await sleep(100 + 400 * Math.random())) answers.push(await buyOne());
    return answers;
  });
  return (await Promise.all(each)).flat();
}

/** `{ 202: 3600 }` */
export const statusesOf = (answers: Answer[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, of = []]) => [
      status,
      of.length,
    ]),
  );

export const acceptedIds = (answers: Answer[]): string[] =>
  answers.flatMap(({ order }) => order?.order_id ?? []);
