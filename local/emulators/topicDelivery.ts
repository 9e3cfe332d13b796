import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { LambdaApiError } from '../lambda/errors.ts';
import { ACCOUNT_ID } from '../template/identity.ts';
import type { SubscriptionModel } from '../template/model.ts';
import { createQueue, type EmulatorClients, subscribe } from './provision.ts';

type InvokeAsync = (functionName: string, payload: string) => Promise<unknown>;

const POLL_SECONDS = 1;
const AFTER_A_FAILURE_MS = 200;
/** Long enough for a hand-over, short enough that a message taken by a process that died is soon delivered again. */
const HAND_OVER_SECONDS = 10;

/**
 * Delivers an SNS subscription to a Lambda function: fauxqs has no such delivery, so a queue of its own is subscribed
 * with the same filter policy, and each message becomes one asynchronous invocation, as on AWS
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html). A message leaves that queue only when the invocation
 * has been accepted.
 */
export class TopicDelivery {
  readonly #subscription: SubscriptionModel;
  readonly #functionName: string;
  readonly #clients: EmulatorClients;
  readonly #invokeAsync: InvokeAsync;
  readonly #stopped = new AbortController();
  #queueUrl = '';
  #subscriptionArn = '';
  #running: Promise<void> | undefined;

  constructor(
    subscription: SubscriptionModel,
    functionName: string,
    clients: EmulatorClients,
    invokeAsync: InvokeAsync,
  ) {
    this.#subscription = subscription;
    this.#functionName = functionName;
    this.#clients = clients;
    this.#invokeAsync = invokeAsync;
  }

  /** One for each topic of the function. The longest function name leaves no more of SQS's 80 characters. */
  get queueName(): string {
    const topic = createHash('sha256').update(this.#subscription.topicArn).digest('hex');
    return `sns-to-${this.#functionName}-${topic.slice(0, 8)}`;
  }

  async start(): Promise<void> {
    const name = this.queueName;
    const arn = `arn:aws:sqs:${this.#subscription.topicArn.split(':')[3]}:${ACCOUNT_ID}:${name}`;
    const attributes = { VisibilityTimeout: String(HAND_OVER_SECONDS) };
    this.#queueUrl = await createQueue(
      { logicalId: name, name, arn, url: '', attributes },
      this.#clients.sqs,
    );
    this.#subscriptionArn = await subscribe(
      { ...this.#subscription, endpoint: arn, rawMessageDelivery: false },
      this.#clients.sns,
    );
    this.#running = this.#run();
  }

  /** Breaks off the receive that is out; messages that were received are handed over. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#deliverSome();
      } catch {
        await sleep(AFTER_A_FAILURE_MS, undefined, { signal: this.#stopped.signal }).catch(
          () => {},
        );
      }
    }
  }

  async #deliverSome(): Promise<void> {
    const { Messages = [] } = await this.#clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: POLL_SECONDS,
      }),
      { abortSignal: this.#stopped.signal },
    );
    const delivered = await Promise.all(Messages.map((message) => this.#deliver(message)));
    const done = delivered.filter((message) => message !== undefined);
    if (done.length === 0) return;
    await this.#clients.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }

  async #deliver(message: Message): Promise<Message | undefined> {
    const event = snsEvent(JSON.parse(message.Body ?? '{}'), this.#subscriptionArn);
    try {
      await this.#invokeAsync(this.#functionName, JSON.stringify(event));
      return message;
    } catch (error) {
      return (await this.#deadLetter(message, error as Error)) ? message : undefined;
    }
  }

  /**
   * Whether the message is done with. SNS does not try a hand-over that Lambda refuses (no such function, event too
   * large) again: it goes to the subscription's dead-letter queue, or is lost. After any other error it stays, and is
   * tried again when it is visible again.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   */
  async #deadLetter(message: Message, error: Error): Promise<boolean> {
    if (!isRefusal(error)) return false;
    const { deadLetterArn } = this.#subscription;
    if (deadLetterArn === undefined) return true;
    const { QueueUrl } = await this.#clients.sqs.send(
      new GetQueueUrlCommand({ QueueName: deadLetterArn.split(':')[5] ?? '' }),
    );
    await this.#clients.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: message.Body,
        MessageAttributes: { ERROR_MESSAGE: { DataType: 'String', StringValue: error.message } },
      }),
    );
    return true;
  }
}

const isRefusal = (error: Error): boolean =>
  error instanceof LambdaApiError && error.statusCode < 500 && error.statusCode !== 429;

interface SnsEnvelope {
  Type: string;
  MessageId: string;
  TopicArn: string;
  Subject?: string;
  Message: string;
  Timestamp: string;
  SignatureVersion: string;
  Signature: string;
  SigningCertURL: string;
  UnsubscribeURL: string;
  MessageAttributes?: Record<string, { Type: string; Value: string }>;
}

/** One record an invocation, in the shape of https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
export function snsEvent(envelope: SnsEnvelope, subscriptionArn: string) {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: envelope.Type,
          MessageId: envelope.MessageId,
          TopicArn: envelope.TopicArn,
          Subject: envelope.Subject ?? null,
          Message: envelope.Message,
          Timestamp: envelope.Timestamp,
          SignatureVersion: envelope.SignatureVersion,
          Signature: envelope.Signature,
          // Spelt "URL" in the queue's message and "Url" in the function's event.
          SigningCertUrl: envelope.SigningCertURL,
          UnsubscribeUrl: envelope.UnsubscribeURL.replace(
            /(?<=SubscriptionArn=).*/,
            subscriptionArn,
          ),
          MessageAttributes: envelope.MessageAttributes ?? {},
        },
      },
    ],
  };
}
