import * as z from 'zod';
import type { PhaseList, PhaseRunState } from '../../contracts/orderPanelsApi.ts';
import { json, type Route, route } from '../route.ts';
import type { OrderStage } from './orderStage.ts';
import { type PhaseRun, phaseOrderSchema } from './phaseRun.ts';

/** A phase of the sale against this service. */
export const saleRoutes = (phaseRun: PhaseRun, stage: OrderStage): Route[] => [
  route('GET', '/api/sale', {
    summary: 'The phases of the sale, and the one that runs or ran last',
    query: z.object({ quick: z.enum(['true', 'false']).default('true') }),
    answers: 'Phases with id, name and seconds; the run with its lines and exit status, or null',
    handle: async ({ query }) => {
      const phases = await phaseRun.phases(query.quick === 'true');
      return json<PhaseList>({ phases, run: phaseRun.state });
    },
  }),
  route('POST', '/api/sale', {
    summary: 'Runs a phase of the sale against this service; needs Python for Locust',
    body: phaseOrderSchema,
    answers: 'The run as it began; 409 while another one runs',
    handle: async ({ body }) => {
      stage.get();
      return json<PhaseRunState>(await phaseRun.start(body), 202);
    },
  }),
  route('DELETE', '/api/sale', {
    summary: 'Stops the running phase, with its results kept',
    answers: 'The run as it ended',
    handle: async () => {
      await phaseRun.stop();
      return json<PhaseRunState | null>(phaseRun.state);
    },
  }),
];
