import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { FirstAnswer, WarmAnswers } from './functionHost.ts';

const HOST = path.join(import.meta.dirname, 'functionHost.ts');
const ANSWERS_WITHIN_MS = 60_000;

/** A bundle, and what its environment has beside the machine's. */
export interface Subject {
  name: string;
  file: string;
  environment: Record<string, string>;
  event: object;
}

/** A fresh process for a subject, with nothing loaded but Node. */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #event: object;
  readonly #ended = new AbortController();

  constructor({ file, environment, event }: Subject) {
    this.#event = event;
    this.#child = fork(HOST, [file], {
      cwd: path.dirname(file),
      env: environment,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.once('exit', (status) =>
      this.#ended.abort(new Error(`the process of the function ended with status ${status}`)),
    );
  }

  first = (): Promise<FirstAnswer> => this.#ask({ first: this.#event }) as Promise<FirstAnswer>;

  more = (count: number): Promise<WarmAnswers> =>
    this.#ask({ event: this.#event, count }) as Promise<WarmAnswers>;

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  async #ask(message: object): Promise<unknown> {
    const limit = AbortSignal.any([AbortSignal.timeout(ANSWERS_WITHIN_MS), this.#ended.signal]);
    const answer = once(this.#child, 'message', { signal: limit });
    this.#child.send(message);
    return (await answer)[0];
  }
}
