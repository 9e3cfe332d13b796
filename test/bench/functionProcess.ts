import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { order } from '../journeys/client.ts';
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

/**
 * As API Gateway hands it over. On the direct way an order takes two calls, as those of a bare handler: the queued way asks
 * for its queue's depth as well, once a second.
 */
export const INTAKE_EVENT = {
  version: '2.0',
  routeKey: 'POST /orders/async',
  rawPath: '/orders/async',
  rawQueryString: 'way=direct',
  queryStringParameters: { way: 'direct' },
  headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', path: '/orders/async' } },
  body: JSON.stringify(order()),
  isBase64Encoded: false,
};

export const HEALTH_EVENT = {
  ...{ version: '2.0', routeKey: 'GET /health', rawPath: '/health', rawQueryString: '' },
  ...{ headers: {}, requestContext: { http: { method: 'GET', path: '/health' } } },
  isBase64Encoded: false,
};

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
