import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { publicOrderSchema } from '../../contracts/orderApi.ts';
import { postOrder } from '../bench/saturation.ts';

export type Order = z.infer<typeof publicOrderSchema>;

export interface Answer {
  status: number;
  retryAfterSeconds: number;
  /** Of a 202. */
  order: Order | undefined;
}

export async function buy(api: string, way: 'queued' | 'direct' = 'queued'): Promise<Answer> {
  const response = await postOrder(`${api}/orders/async?way=${way}`);
  const body = publicOrderSchema.safeParse(await response.json());
  return {
    status: response.status,
    retryAfterSeconds: Number(response.headers.get('retry-after')),
    order: body.data,
  };
}

/** So many orders a second, evenly, however long the answers take. */
export async function buyAtRate<T>(
  perSecond: number,
  seconds: number,
  buyOne: () => Promise<T>,
): Promise<T[]> {
  const startMs = Date.now();
  const answers: Promise<T>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const waitMs = startMs + (count * 1000) / perSecond - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(buyOne());
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

export const acceptedIds = (answers: Answer[]): string[] =>
  answers.flatMap(({ order }) => order?.order_id ?? []);
