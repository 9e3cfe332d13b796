import type { ReadyFile } from '../contracts/readyFile.ts';
import type { HttpGateway } from '../local/gateway/httpGateway.ts';
import type { Lambda } from '../local/lambda/lambda.ts';
import type { ServiceModel } from '../local/template/model.ts';
import type { Stage } from '../ops/stage.ts';
import type { History } from './history.ts';
import type { Observations } from './observations.ts';
import { ConsoleProblem } from './route.ts';
import type { SaleRun } from './saleRun.ts';

/** What the console is given of the running service. */
export interface ConsoleSources {
  ready: ReadyFile;
  model: ServiceModel;
  version: string;
  lambda: Lambda;
  gateway: HttpGateway | undefined;
  observations: Observations;
  readOnly: boolean;
}

/** What every route works with. */
export interface ConsoleContext extends ConsoleSources {
  history: History;
  sale: SaleRun;
  stage: () => Stage;
}

const STAGE_OUTPUTS = ['OrderTopicArn', 'OrderQueueUrl', 'OrdersTableName', 'ChargesTableName'];

/** Why the order desk and the workers cannot serve a manifest that is not the flash sale's. */
export function requireOrders({ outputs }: ReadyFile): void {
  const missing = STAGE_OUTPUTS.filter((name) => outputs[name] === undefined);
  if (missing.length > 0) {
    throw new ConsoleProblem(501, `this service's stack has no output ${missing.join(', ')}`);
  }
}

export const queueNames = ({ outputs }: ReadyFile) => ({
  orders: nameOf(outputs.OrderQueueUrl),
  orderDeadLetters: nameOf(outputs.OrderDeadLetterQueueUrl),
  directDeadLetters: nameOf(outputs.DirectDeadLetterQueueUrl),
});

const nameOf = (url: string | undefined): string => url?.split('/').at(-1) ?? '';
