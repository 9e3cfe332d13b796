import { bookReader } from '../../ops/reconciliation/tableReader.ts';
import type { Stage } from '../../ops/stage.ts';

/** The status of every order that there is. */
export async function readStatuses(stage: Stage): Promise<Map<string, string>> {
  const statuses = new Map<string, string>();
  for await (const page of bookReader(stage).orders()) {
    for (const { orderId, status } of page) statuses.set(orderId, status);
  }
  return statuses;
}
