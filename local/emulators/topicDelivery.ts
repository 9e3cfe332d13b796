import { createHash } from 'node:crypto';
import { isObject, parseJson } from '../../common/json.ts';
import { sleep, systemClock } from '../clock.ts';
import { destinationSender } from '../lambda/asyncEvents/destinations.ts';
import { InvalidParameterError, LambdaApiError } from '../lambda/errors.ts';
import type { QueueClient, QueueMessage } from '../lambda/eventSourceMappings/queueClient.ts';
import { sqsQueueClient } from '../lambda/eventSourceMappings/sqsQueueClient.ts';
import { ACCOUNT_ID } from '../template/identity.ts';
import type { SubscriptionModel } from '../template/model.ts';
import { createQueue, type EmulatorClients, subscribe } from './provision.ts';

type InvokeAsync = (functionName: string, payload: string) => Promise<unknown>;

const RECEIVE_MAXIMUM = 10;
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
    const { sqs, sns } = this.#clients;
    const queueUrl = await createQueue({ name, attributes }, sqs);
    this.#subscriptionArn = await subscribe(
      { ...this.#subscription, endpoint: arn, rawMessageDelivery: false },
      sns,
    );
    this.#running = this.#run(sqsQueueClient(sqs, queueUrl));
  }

  /** Breaks off the receive that is out; messages that were received are handed over. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(queue: QueueClient): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#deliverSome(queue);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        this.#onFault(`The messages of ${this.#subscription.topicArn} cannot be read: ${error}`);
        await sleep(systemClock, AFTER_A_FAILURE_MS, this.#stopped.signal);
      }
    }
  }

  async #deliverSome(queue: QueueClient): Promise<void> {
    const messages = await queue.receive(RECEIVE_MAXIMUM, POLL_SECONDS, this.#stopped.signal);
    const isDone = await Promise.all(messages.map((message) => this.#deliver(message)));
    const done = messages.filter((_message, index) => isDone[index]);
    if (done.length > 0) await queue.deleteBatch(done.map(({ receiptHandle }) => receiptHandle));
  }

  /** Whether the message is done with. If not it stays, and is tried again when it is visible again. */
  async #deliver(message: QueueMessage): Promise<boolean> {
    try {
      await this.#handOver(message);
      return true;
    } catch (error) {
      this.#tell(message, `could not be handed over, and is tried again: ${error}`);
      return false;
    }
  }

  async #handOver(message: QueueMessage): Promise<void> {
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
  async #giveUp(message: QueueMessage, reason: string): Promise<void> {
    const { deadLetterArn } = this.#subscription;
    if (deadLetterArn === undefined)
      return this.#tell(message, `is lost, since there is no dead-letter queue for it: ${reason}`);
    const send = destinationSender(this.#clients, this.#invokeAsync);
    await send(deadLetterArn, message.body, { ERROR_MESSAGE: reason });
    this.#tell(message, `is not handed over: ${reason}. It went to ${deadLetterArn}`);
  }

  #tell({ messageId }: QueueMessage, text: string): void {
    this.#onFault(`Message ${messageId} of ${this.#subscription.topicArn} ${text}`);
  }
}

const isRefusal = (error: unknown): error is LambdaApiError =>
  error instanceof LambdaApiError && error.statusCode < 500 && error.statusCode !== 429;

/** What this program reads of it; the rest is handed over as it is. */
interface SnsEnvelope {
  Message: string;
  SigningCertURL: string;
  UnsubscribeURL: string;
}

function envelopeOf({ body }: QueueMessage): SnsEnvelope {
  const envelope = parseJson(body);
  if (isObject(envelope) && isText(envelope.Message) && isText(envelope.UnsubscribeURL))
    return envelope as unknown as SnsEnvelope;
  throw new InvalidParameterError('it is not an SNS message');
}

const isText = (value: unknown) => typeof value === 'string';

/** One record an invocation, in the shape of https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
function snsEvent(
  { SigningCertURL, UnsubscribeURL, ...envelope }: SnsEnvelope,
  subscriptionArn: string,
) {
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Subject: null,
          MessageAttributes: {},
          ...envelope,
          // Spelt "URL" in the queue's message and "Url" in the function's event.
          SigningCertUrl: SigningCertURL,
          UnsubscribeUrl: UnsubscribeURL.replace(/(?<=SubscriptionArn=).*/, subscriptionArn),
        },
      },
    ],
  };
}
