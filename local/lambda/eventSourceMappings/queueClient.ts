/** As a function gets it. */
export interface QueueMessage {
  messageId: string;
  receiptHandle: string;
  body: string;
  /** ApproximateReceiveCount, SentTimestamp, SenderId, ApproximateFirstReceiveTimestamp ... */
  attributes: Record<string, string>;
  messageAttributes: Record<string, MessageAttribute>;
  /** Only of a message with attributes. */
  md5OfMessageAttributes?: string;
  md5OfBody: string;
}

export interface MessageAttribute {
  dataType: string;
  stringValue?: string;
  /** Base64 */
  binaryValue?: string;
}

/** What an event source mapping needs of a queue. */
export interface QueueClient {
  receive(maximum: number, waitSeconds: number, signal: AbortSignal): Promise<QueueMessage[]>;
  /** At most ten. */
  deleteBatch(receiptHandles: string[]): Promise<void>;
  visibilitySeconds(): Promise<number>;
}
