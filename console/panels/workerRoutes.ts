import { UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { BreakerState } from '../../contracts/orderPanelsApi.ts';
import { readBreaker } from '../../ops/breaker.ts';
import { workerCountSchema } from '../../ops/parameters.ts';
import { readWorkers, setWorkerCount } from '../../ops/workers/workers.ts';
import { type Answer, ConsoleProblem, json, type Route, route } from '../route.ts';
import type { ObservedService } from '../servicePanels.ts';
import type { OrderStage } from './orderStage.ts';

/** The workers that take orders from the queue, and whether they may charge. */
export const workerRoutes = ({ lambda }: ObservedService, stage: OrderStage): Route[] => [
  route('GET', '/api/workers', {
    summary: 'What decides how many orders the queue way pays at a time',
    answers: 'Reserved concurrency, maximum concurrency and batch size of the workers',
    handle: async () => json(await readWorkers(stage.get())),
  }),
  route('PUT', '/api/workers', {
    summary: 'Sets how many workers take orders from the queue',
    body: z.strictObject({ workers: z.number().pipe(workerCountSchema) }),
    answers: 'The settings before and after, and the calls that were made',
    handle: async ({ body }) => json(await setWorkerCount(stage.get(), body.workers)),
  }),
  route('GET', '/api/breaker', {
    summary: 'Whether charges are tried, or the breaker is open',
    answers: 'Its state, whose word that is, and since when',
    handle: async () => json<BreakerState>(await readBreaker(stage.get())),
  }),
  route('PUT', '/api/mapping', {
    summary: "Pauses or resumes the queue's event source mapping",
    body: z.strictObject({ enabled: z.boolean() }),
    answers: 'Whether it is enabled',
    handle: ({ body }) => setMapping(lambda, stage, body.enabled),
  }),
];

async function setMapping(
  lambda: ObservedService['lambda'],
  stage: OrderStage,
  enabled: boolean,
): Promise<Answer> {
  const [mapping] = lambda.snapshot().mappings;
  if (!mapping) throw new ConsoleProblem(501, 'this service has no event source mapping');
  await stage
    .get()
    .clients.lambda.send(
      new UpdateEventSourceMappingCommand({ UUID: mapping.uuid, Enabled: enabled }),
    );
  return json({ enabled });
}
