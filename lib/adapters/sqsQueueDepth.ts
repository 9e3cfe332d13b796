import type { QueueDepth } from '../domain/orderWait.ts';
import type { Clock } from '../domain/ports.ts';
import { withTimeout } from '../domain/withTimeout.ts';
import { type AwsAccess, awsCaller } from './awsCall.ts';

const SQS = {
  service: 'sqs',
  target: 'AmazonSQS',
  contentType: 'application/x-amz-json-1.0',
};
const WAITING = 'ApproximateNumberOfMessages';
const IN_HAND = 'ApproximateNumberOfMessagesNotVisible';
const REFRESH_MS = 1_000;
/** Nobody waits longer for an estimate. */
const PATIENCE_MS = 300;
/** A depth that could not be read anew holds for so long. */
const HOLDS_MS = 5_000;

interface DepthOptions {
  access: AwsAccess;
  queueUrl: string;
  clock: Clock;
  onFault: (error: unknown) => void;
}

/** Tells what a queue holds; asks SQS once a second at most. Undefined where it could not be asked for a while. */
export function sqsQueueDepth({ access, queueUrl, clock, onFault }: DepthOptions) {
  const { attempt, destroy } = awsCaller(access, SQS);
  const request = JSON.stringify({ QueueUrl: queueUrl, AttributeNames: [WAITING, IN_HAND] });
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let depth: Promise<QueueDepth | undefined>;
  let told: { atMs: number; depth: QueueDepth } | undefined;

  const ask = async (): Promise<QueueDepth | undefined> => {
    try {
      const answer = withTimeout(clock, PATIENCE_MS, attempt('GetQueueAttributes', request));
      told = { depth: depthOf(await answer), atMs: clock.now() };
      return told.depth;
    } catch (error) {
      onFault(error);
      return told && clock.now() - told.atMs <= HOLDS_MS ? told.depth : undefined;
    }
  };
  return {
    read: (): Promise<QueueDepth | undefined> => {
      if (clock.now() - askedAtMs >= REFRESH_MS) {
        askedAtMs = clock.now();
        depth = ask();
      }
      return depth;
    },
    destroy,
  };
}

function depthOf(answer: { Attributes?: Record<string, string> }): QueueDepth {
  const [waiting, inHand] = [WAITING, IN_HAND].map((name) => Number(answer.Attributes?.[name]));
  if (!Number.isFinite(waiting) || !Number.isFinite(inHand))
    throw new Error(`SQS told no depth: ${JSON.stringify(answer)}`);
  return { waiting: waiting as number, inHand: inHand as number };
}
