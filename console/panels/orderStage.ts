import type { ReadyFile } from '../../contracts/readyFile.ts';
import { localStage, type Stage, stageReadyFileSchema } from '../../ops/stage.ts';
import { ConsoleProblem } from '../route.ts';

/** The running service as the operator's commands see it, made when it is first asked for. */
export class OrderStage {
  readonly #ready: ReadyFile;
  #stage: Stage | undefined;

  constructor(ready: ReadyFile) {
    this.#ready = ready;
  }

  get(): Stage {
    this.#stage ??= this.#find();
    return this.#stage;
  }

  close(): void {
    this.#stage?.close();
  }

  #find(): Stage {
    const ready = stageReadyFileSchema.safeParse(this.#ready);
    if (ready.success) return localStage(ready.data);
    const missing = ready.error.issues.map(({ path }) => path.at(-1));
    throw new ConsoleProblem(501, `this service's stack has no output ${missing.join(', ')}`);
  }
}

export const orderQueues = ({ outputs }: ReadyFile) => ({
  orders: nameOf(outputs.OrderQueueUrl),
  orderDeadLetters: nameOf(outputs.OrderDeadLetterQueueUrl),
  directDeadLetters: nameOf(outputs.DirectDeadLetterQueueUrl),
});

const nameOf = (url: string | undefined): string => url?.split('/').at(-1) ?? '';
