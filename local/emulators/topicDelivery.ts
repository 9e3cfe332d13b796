import { createHash } from 'node:crypto';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { isObject, parseJson } from '../../common/json.ts';
import { sleep, systemClock } from '../clock.ts';
import { InvalidParameterError, LambdaApiError } from '../lambda/errors.ts';
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
  readonly #onFault: (text: string) => void;
  readonly #stopped = new AbortController();
  #queueUrl = '';
  #subscriptionArn = '';
  #running: Promise<void> | undefined;

  constructor(
    subscription: SubscriptionModel,
    functionName: string,
    clients: EmulatorClients,
    invokeAsync: InvokeAsync,
    onFault: (text: string) => void,
  ) {
    this.#subscription = subscription;
    this.#functionName = functionName;
    this.#clients = clients;
    this.#invokeAsync = invokeAsync;
    this.#onFault = onFault;
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
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        this.#onFault(`The messages of ${this.#subscription.topicArn} cannot be read: ${error}`);
        await sleep(systemClock, AFTER_A_FAILURE_MS, this.#stopped.signal);
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
    const isDone = await Promise.all(Messages.map((message) => this.#deliver(message)));
    const done = Messages.filter((_message, index) => isDone[index]);
    if (done.length === 0) return;
    await this.#clients.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  }

  /** Whether the message is done with. If not it stays, and is tried again when it is visible again. */
  async #deliver(message: Message): Promise<boolean> {
    try {
      await this.#handOver(message);
      return true;
    } catch (error) {
      this.#tell(message, `could not be handed over, and is tried again: ${error}`);
      return false;
    }
  }

  async #handOver(message: Message): Promise<void> {
    try {
      const event = snsEvent(envelopeOf(message), this.#subscriptionArn);
      await this.#invokeAsync(this.#functionName, JSON.stringify(event));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#giveUp(message, error.message);
    }
  }

  /**
   * SNS does not try a hand-over that Lambda refuses (no such function, event too large) again: it goes to the
   * subscription's dead-letter queue, or is lost. So does what somebody else put into the queue here.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   */
  async #giveUp(message: Message, reason: string): Promise<void> {
    const { deadLetterArn } = this.#subscription;
    if (deadLetterArn === undefined)
      return this.#tell(message, `is lost, since there is no dead-letter queue for it: ${reason}`);
    const { QueueUrl } = await this.#clients.sqs.send(
      new GetQueueUrlCommand({ QueueName: deadLetterArn.split(':')[5] ?? '' }),
    );
    await this.#clients.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: message.Body,
        MessageAttributes: { ERROR_MESSAGE: { DataType: 'String', StringValue: reason } },
      }),
    );
    this.#tell(message, `is not handed over: ${reason}. It went to ${deadLetterArn}`);
  }

  #tell({ MessageId }: Message, text: string): void {
    this.#onFault(`Message ${MessageId} of ${this.#subscription.topicArn} ${text}`);
  }
}

const isRefusal = (error: unknown): error is LambdaApiError =>
  error instanceof LambdaApiError && error.statusCode < 500 && error.statusCode !== 429;

function envelopeOf({ Body = '' }: Message): SnsEnvelope {
  const envelope = parseJson(Body);
  if (isObject(envelope) && isText(envelope.Message) && isText(envelope.UnsubscribeURL))
    return envelope as unknown as SnsEnvelope;
  throw new InvalidParameterError('it is not an SNS message');
}

const isText = (value: unknown) => typeof value === 'string';

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
function snsEvent(envelope: SnsEnvelope, subscriptionArn: string) {
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
