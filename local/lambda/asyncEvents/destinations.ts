import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SendToArn } from './asyncSettings.ts';

/** Sends records of ended asynchronous events to the queue, topic or function that an ARN names. */
export function destinationSender(
  { sqs, sns }: { sqs: SQSClient; sns: SNSClient },
  invokeAsync: (functionArn: string, payload: string) => Promise<unknown>,
): SendToArn {
  return async (arn, body, attributes = {}) => {
    const [, , service, , , name = ''] = arn.split(':');
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([key, StringValue]) => [
        key,
        { DataType: key === 'ErrorCode' ? 'Number' : 'String', StringValue },
      ]),
    );
    if (service === 'sqs') {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
    } else if (service === 'sns') {
      await sns.send(new PublishCommand({ TopicArn: arn, Message: body, MessageAttributes }));
    } else if (service === 'lambda') {
      await invokeAsync(arn, body);
    } else throw new Error(`destinations of service "${service}" are not run locally`);
  };
}
