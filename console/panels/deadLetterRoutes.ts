import * as z from 'zod';
import type { DeadLetterChange } from '../../contracts/deadLetters.ts';
import type { DeadLetters } from '../../contracts/orderPanelsApi.ts';
import { planChange } from '../../ops/deadLetters/changeLetters.ts';
import { operate } from '../../ops/deadLetters/operate.ts';
import { ConsoleProblem, json, type Route, route } from '../route.ts';
import type { ObservedService } from '../servicePanels.ts';
import { allDeadLetters, MOST_DEAD_LETTERS, readDeadLetters } from './deadLetterCauses.ts';
import type { OrderStage } from './orderStage.ts';

const action = z.enum(['redrive', 'discard']);
/** Never empty: what names no cause chooses no letter. */
const cause = z.string().min(1);
const reason = z.string().trim().min(1).max(500);

export const deadLetterRoutes = ({ ready }: ObservedService, stage: OrderStage): Route[] => {
  const chosen = async (causeId: string) => {
    const letters = (await allDeadLetters(ready, stage)).filter((one) => one.causeId === causeId);
    if (letters.length === 0) throw new ConsoleProblem(404, `no dead letter has cause ${causeId}`);
    return letters;
  };
  return [
    route('GET', '/api/dead-letters', {
      summary: 'Messages that were given up, by cause',
      answers: `The count, the causes, and the ${MOST_DEAD_LETTERS} newest messages`,
      handle: async () => json<DeadLetters>(await readDeadLetters(ready, stage)),
    }),
    route('GET', '/api/dead-letters/plan', {
      summary: 'What would become of the messages of a cause',
      query: z.strictObject({ action, cause }),
      answers: 'How many orders would be published again or cancelled, and what is kept',
      handle: async ({ query }) =>
        json<DeadLetterChange>(planChange(query.action, await chosen(query.cause))),
    }),
    route('POST', '/api/dead-letters', {
      summary: 'Sends the messages of a cause back, or discards them for a reason',
      body: z.discriminatedUnion('action', [
        z.strictObject({ action: z.literal('redrive'), cause }),
        z.strictObject({ action: z.literal('discard'), cause, reason }),
      ]),
      answers: 'What was done, and what is kept',
      handle: async ({ body: { cause, ...asked } }) => {
        const wanted = { ...asked, filter: { cause }, through: 'console' };
        return json<DeadLetterChange>(await operate(stage.get(), await chosen(cause), wanted));
      },
    }),
  ];
};
