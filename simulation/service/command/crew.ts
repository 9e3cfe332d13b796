import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Task, TaskResult } from './tasks.ts';

/** A run is over before V8 would have optimized most of it: sooner, beside the run, on the second core. */
const SOONER = [
  '--invocation-count-for-maglev=100',
  '--invocation-count-for-turbofan=1000',
  '--minimum-invocations-after-ic-update=200',
];

const THREAD = {
  // Almost all that a history makes is gone soon after: room for it to go before it is looked at.
  resourceLimits: { maxYoungGenerationSizeMb: 96 },
};

/** Threads that live through histories at the same time, each with its own sealed clock and chance. */
export class Crew {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #hired = 0;

  constructor(size: number) {
    this.#size = size;
    for (const flag of SOONER) setFlagsFromString(flag);
  }

  async work(task: Task): Promise<TaskResult> {
    const worker = this.#idle.pop() ?? (await this.#free());
    try {
      const answer = once(worker, 'message');
      worker.postMessage(task);
      return ((await answer) as [TaskResult])[0];
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#idle.map((worker) => worker.terminate()));
  }

  async #free(): Promise<Worker> {
    if (this.#hired < this.#size) {
      this.#hired += 1;
      return new Worker(new URL('./simulateThread.ts', import.meta.url), THREAD);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
