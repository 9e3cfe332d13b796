import type { ReadyFile } from '../../contracts/readyFile.ts';

/** What AWS was recorded to answer, or documents. */
export interface Fact {
  fact: string;
  /** The address of the recording or document. */
  source: string;
  ask: (world: World) => unknown;
  answer: unknown;
}

export interface World {
  ready: ReadyFile;
  queueUrl: string;
  topicArn: string;
  queueArn: string;
  subscriptionArn: string;
}

const RECORDED =
  'https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services';

/** A file of answers that AWS gave to the tests of another emulator. */
export const recording = (file: string): string => `${RECORDED}/${file}.snapshot.json`;

/** As the clients of all languages read an error: its code, and its text with what differs by account taken out. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
}

export const refusal = (status: number, code: string, message: string): Refusal => ({
  status,
  code,
  message,
});
