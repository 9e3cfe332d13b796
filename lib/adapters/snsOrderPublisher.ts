import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { toIso } from '../domain/order.ts';
import { orderMessage } from '../domain/orderMessage.ts';
import type { Clock, OrderPublisher } from '../domain/ports.ts';

/** Publishes to the order topic, whose subscriptions choose by the attribute `way`. */
export function snsOrderPublisher(
  client: SNSClient,
  topicArn: string | undefined,
  clock: Pick<Clock, 'now'>,
): OrderPublisher {
  return {
    async publish(order) {
      if (topicArn === undefined) throw new Error('SNS_TOPIC_ARN is not set');
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: JSON.stringify(orderMessage(order, toIso(clock.now()))),
          MessageAttributes: { way: { DataType: 'String', StringValue: order.way } },
        }),
      );
    },
  };
}
