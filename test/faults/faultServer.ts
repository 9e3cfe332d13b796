import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsService, readCall, refusal } from './awsCall.ts';
import type { FaultPlan } from './faults.ts';

/** Sees every call before anything becomes of it. */
export type OnCall = (service: AwsService, headers: IncomingHttpHeaders, body: string) => void;

/**
 * How long a call that is never answered stays open: longer than the functions' clients wait. The event source mapping
 * has no time-out of its own and one poll at a time, so that its calls are cut off sooner.
 */
const SILENCE_MS: Record<AwsService, number> = { dynamodb: 30_000, sns: 30_000, sqs: 100 };

/**
 * Stands between the service and the emulators of DynamoDB, SNS and SQS, and answers the fault points of the code
 * (`/point`): each call goes through, or meets what the plan has for it.
 */
export class FaultServer {
  readonly #plan: FaultPlan;
  readonly #onKill: () => void;
  readonly #onCall: OnCall;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #server: Server;
  #targets: Record<AwsService, string> | undefined;

  constructor(plan: FaultPlan, onKill: () => void, onCall: OnCall = () => {}) {
    this.#plan = plan;
    this.#onKill = onKill;
    this.#onCall = onCall;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where the calls go on to; the emulators get new ports with each start. */
  connect(targets: Record<AwsService, string>): void {
    this.#targets = targets;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://faults');
    if (url.pathname === '/point') return this.#answerPoint(url.searchParams, response);
    const [, service = '', ...rest] = url.pathname.split('/');
    await this.#answerCall(service as AwsService, rest.join('/'), request, response);
  }

  #answerPoint(query: URLSearchParams, response: ServerResponse): void {
    const point = `${query.get('point')} ${query.get('way')}`;
    const action = this.#plan.decide('point', point, query.get('order') ?? '');
    if (action === 'kill') this.#onKill();
    else response.end(action ?? 'go');
  }

  async #answerCall(
    service: AwsService,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    this.#onCall(service, request.headers, body.toString());
    const call = readCall(service, request.headers, body.toString());
    const action = this.#plan.decide(service, call.name, call.orderId);
    if (action === 'silence') {
      setTimeout(() => response.destroy(), SILENCE_MS[service]).unref();
      return;
    }
    if (action === 'error' || action === 'throttle') return refuse(service, action, response);
    const answer = await this.#forward(service, path, request, body);
    if (action === 'doneButError') {
      answer.resume();
      return refuse(service, action, response);
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }

  async #forward(
    service: AwsService,
    path: string,
    { method, headers }: IncomingMessage,
    body: Buffer,
  ): Promise<IncomingMessage> {
    if (this.#targets === undefined) throw new Error('nothing to forward to yet');
    const target = new URL(path, `${this.#targets[service]}/`);
    const onward = httpRequest(target, {
      method,
      headers: { ...headers, host: target.host },
      agent: this.#agent,
    });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    return answer;
  }
}

function refuse(
  service: AwsService,
  action: 'error' | 'throttle' | 'doneButError',
  response: ServerResponse,
): void {
  const { status, contentType, body } = refusal(service, action);
  response.writeHead(status, { 'content-type': contentType }).end(body);
}
