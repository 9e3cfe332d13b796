import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { durationAtMemory, shareOfACore } from '../../common/cpuShare.ts';
import { orderMessage } from '../../lib/domain/orderMessage.ts';
import { anAsyncOrder } from '../../lib/testing/world.ts';
import { cpuQuota } from './cpuQuota.ts';
import { type PackagedFunction, PLACE } from './packaged.ts';
import type { BatchRun } from './workerHost.ts';

const HOST = path.join(import.meta.dirname, 'workerHost.ts');
const ORDERS = 10;

/** Where the worker finds its tables. */
export interface Place {
  url: string;
  certificateFile?: string;
}

export interface WorkerRun extends BatchRun {
  orders: number;
  /** Of its log. */
  bytes: number;
  /** What the model of the CPU share gives at most for the same CPU time. */
  modelMs: number;
}

/** One execution environment of the packaged worker in a process of its own, held to its share of a core. */
export class WorkerUnderQuota {
  readonly memoryMb: number;
  readonly #child: ChildProcess;
  readonly #quota: ReturnType<typeof cpuQuota>;
  readonly #put: (order: object) => Promise<unknown>;
  readonly #paymentMs: number;
  #bytes = 0;

  private constructor(
    { model, file }: PackagedFunction,
    { url, certificateFile = '' }: Place,
    put: (order: object) => Promise<unknown>,
  ) {
    this.memoryMb = model.memoryMb;
    this.#put = put;
    this.#paymentMs = Number(model.environment.PAYMENT_SECONDS) * 1000;
    this.#child = fork(HOST, {
      cwd: path.dirname(file),
      env: {
        ...model.environment,
        ...{ AWS_REGION: PLACE.region, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
        ...{ ORDERS_TABLE: 'orders', CHARGES_TABLE: 'charges', AWS_ENDPOINT_URL_DYNAMODB: url },
        ...{ NODE_EXTRA_CA_CERTS: certificateFile, AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' },
      },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
    });
    this.#quota = cpuQuota(String(this.#child.pid), shareOfACore(model.memoryMb));
  }

  static async start(
    packaged: PackagedFunction,
    place: Place,
    put: (order: object) => Promise<unknown>,
  ): Promise<WorkerUnderQuota> {
    const worker = new WorkerUnderQuota(packaged, place, put);
    worker.#quota?.hold(worker.#child.pid ?? 0);
    await worker.#ask({ load: packaged.file });
    return worker;
  }

  get hasQuota(): boolean {
    return this.#quota !== undefined;
  }

  /** Pays a batch of new orders. */
  async payBatch(): Promise<WorkerRun> {
    const orders = Array.from({ length: ORDERS }, () => anAsyncOrder());
    for (const order of orders) await this.#put(order);
    const records = orders.map((order, index) => ({
      messageId: String(index),
      body: JSON.stringify(orderMessage(order, order.accepted_at)),
    }));
    const before = this.#bytes;
    const event = { Records: records as SQSEvent['Records'] };
    const { ms, cpuMs, failed } = (await this.#ask({ event })) as BatchRun;
    if (failed > 0) throw new Error(`the worker failed ${failed} of ${ORDERS} orders`);
    const modelMs = durationAtMemory(
      this.hasQuota ? this.#paymentMs + cpuMs : ms,
      cpuMs,
      this.memoryMb,
    );
    const bytes = this.#bytes - before;
    return { ms: this.hasQuota ? ms : modelMs, cpuMs, failed, orders: ORDERS, bytes, modelMs };
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
    this.#quota?.remove();
  }

  async #ask(message: object): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(message);
    return (await answer)[0];
  }
}
