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
/** Nobody waits longer for an estimate; where none was told yet, a connection has to be made first. */
const PATIENCE_MS = 300;
const FIRST_PATIENCE_MS = 1_000;
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
  let answer: Promise<void>;
  let patienceMs = FIRST_PATIENCE_MS;
  let told: { atMs: number; depth: QueueDepth } | undefined;

  /** What comes too late for whoever waits for it holds for the next one. */
  const ask = async (): Promise<void> => {
    askedAtMs = clock.now();
    told = { depth: depthOf(await attempt('GetQueueAttributes', request)), atMs: clock.now() };
  };
  return {
    async read(): Promise<QueueDepth | undefined> {
      const isAsking = clock.now() - askedAtMs >= REFRESH_MS;
      if (isAsking) answer = ask();
      const leftMs = Math.max(0, askedAtMs + patienceMs - clock.now());
      await withTimeout(clock, leftMs, answer).catch((error) => isAsking && onFault(error));
      patienceMs = PATIENCE_MS;
      return told && clock.now() - told.atMs <= HOLDS_MS ? told.depth : undefined;
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
