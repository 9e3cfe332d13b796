/** The code of one execution environment, whatever state its module keeps. */
export type Handler = (payload: string, invocation: InvocationContext) => Promise<unknown>;

export interface InvocationContext {
  requestId: string;
  /** When the function's timeout ends the environment. */
  deadlineMs: number;
}

/**
 * One execution environment. What its code waits for comes to it only while it runs: between two invocations it is frozen,
 * and what has ended never hears of anything again.
 */
export class Environment {
  readonly id: string;
  readonly functionName: string;
  idleSinceMs = 0;
  #state: 'running' | 'frozen' | 'ended' = 'frozen';
  #thawed: (() => void)[] = [];

  constructor(id: string, functionName: string) {
    this.id = id;
    this.functionName = functionName;
  }

  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** What was waited for, once the environment runs. */
  async live<T>(waitedFor: Promise<T>): Promise<T> {
    try {
      return await waitedFor;
    } finally {
      if (this.#state !== 'running') await this.#thaw();
    }
  }

  run(): void {
    this.#state = 'running';
    const thawed = this.#thawed;
    this.#thawed = [];
    for (const goOn of thawed) goOn();
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  end(): void {
    this.#state = 'ended';
    this.#thawed = [];
  }

  #thaw(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#state !== 'ended') this.#thawed.push(resolve);
    });
  }
}
