import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Stage } from '../../ops/stage.ts';
import { draw, type FaultPlan } from './faults.ts';
import { sendOrder } from './operator.ts';
import { DUPLICATE, LATE, POISON } from './rounds.ts';

const POISONS = [
  'not JSON',
  '{"version":1}',
  '{"version":1,"order_id":"ord_00000000000000000000000000000000","way":"queued","sent_at":"2026-01-01T00:00:00.000Z"}',
];

/** So many beside each order that, with its duplicates, every batch of four holds one. */
const POISON_SHARE = 0.5;

export interface Flood {
  /** Sends the message of an order once more, and poison beside some. */
  send(orderId: string): Promise<void>;
  /** Sends the messages of orders long done, the last ones first. */
  end(): Promise<void>;
}

/** More messages than there should be, straight into the order queue. */
export function flood(stageNow: () => Stage, plan: FaultPlan, seed: number): Flood {
  const sent: string[] = [];
  const send = async (body: string) => {
    const { clients, outputs } = stageNow();
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: outputs.OrderQueueUrl, MessageBody: body }),
    );
  };
  const sendAgain = (orderId: string) => {
    const { clients, outputs } = stageNow();
    return sendOrder(clients.sqs, outputs.OrderQueueUrl, orderId);
  };
  return {
    async send(orderId) {
      sent.push(orderId);
      if (draw(seed, 'duplicate', orderId) < 0.5) {
        await sendAgain(orderId);
        plan.count(DUPLICATE);
      }
      const poison =
        POISONS[Math.floor((draw(seed, 'poison', orderId) / POISON_SHARE) * POISONS.length)];
      if (poison === undefined) return;
      await send(poison);
      plan.count(POISON);
    },
    async end() {
      for (const orderId of sent.filter((id) => draw(seed, 'late', id) < 0.2).reverse()) {
        await sendAgain(orderId);
        plan.count(LATE);
      }
    },
  };
}
