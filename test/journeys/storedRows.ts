import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { JourneyTarget } from './target.ts';

/** Looks behind the API: what is stored and charged. */
export class Books {
  readonly #target: JourneyTarget;
  readonly #dynamodb: DynamoDBClient;

  constructor(target: JourneyTarget) {
    this.#target = target;
    this.#dynamodb = new DynamoDBClient({
      region: target.region,
      ...(target.endpoints
        ? {
            endpoint: target.endpoints.dynamodb,
            credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
          }
        : {}),
    });
  }

  async ordersOf(customerId: number): Promise<string[]> {
    const items = await this.#scan(this.#target.outputs.OrdersTableName);
    return items
      .filter((item) => item.customer_id?.N === String(customerId))
      .map((item) => item.order_id?.S ?? '');
  }

  /** Waits for a customer's first order to be written. */
  async untilOrderOf(customerId: number, deadlineMs = 5_000): Promise<string> {
    for (const endAt = Date.now() + deadlineMs; Date.now() < endAt; ) {
      const [id] = await this.ordersOf(customerId);
      if (id !== undefined) return id;
    }
    throw new Error(`customer ${customerId} has no order after ${deadlineMs} ms`);
  }

  async chargesOf(orderId: string): Promise<number> {
    const items = await this.#scan(this.#target.outputs.ChargesTableName);
    return items.filter((item) => item.order_id?.S === orderId && item.outcome?.S === 'charged')
      .length;
  }

  close(): void {
    this.#dynamodb.destroy();
  }

  async #scan(TableName: string | undefined) {
    const items: Record<string, { S?: string; N?: string }>[] = [];
    let ExclusiveStartKey: Record<string, never> | undefined;
    do {
      const page = await this.#dynamodb.send(
        new ScanCommand({
          TableName,
          ConsistentRead: true,
          ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
        }),
      );
      items.push(...((page.Items ?? []) as Record<string, { S?: string; N?: string }>[]));
      ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
    } while (ExclusiveStartKey);
    return items;
  }
}
