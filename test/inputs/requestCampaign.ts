import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../lib/adapters/dynamoItem.ts';
import type { Stage } from '../../ops/stage.ts';
import { draws } from './draw.ts';
import { drawRequests, type InputRequest, type WantedOrder } from './orderRequests.ts';

export interface RequestResult {
  sent: number;
  accepted: number;
  refused: number;
  /** The gateway's own answer where a way has no concurrency left. */
  turnedAway: number;
  stored: number;
  /** At most the first of each kind of request. */
  faults: string[];
}

export interface CampaignTarget {
  /** With the path that leads to it. */
  api: string;
  stage: Stage;
  /** What the gateway answers when a function has no concurrency left. */
  throttledStatus: number;
  crowd: number;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Problem {
  errors?: { pointer?: string; header?: string; parameter?: string }[];
  detail?: string;
}

type Stored = WantedOrder & { order_id: string; status: string };

const TURNED_AWAY = /"Service Unavailable"|Rate Exceeded|TooManyRequests|throttl/i;
const MOST_FAULTS = 30;

/** Sends what is drawn, holds every answer against how its request was made, and the table against both. */
export class RequestCampaign {
  readonly #target: CampaignTarget;
  readonly #agent: Agent;
  /** Orders of others, which the table held before. */
  readonly #known: ReadonlySet<string>;
  readonly #wanted = new Map<string, WantedOrder>();
  readonly #faults = new Map<string, string>();
  readonly #result = { sent: 0, accepted: 0, refused: 0, turnedAway: 0 };

  static async on(target: CampaignTarget): Promise<RequestCampaign> {
    const known = await readOrders(target.stage);
    return new RequestCampaign(target, new Set(known.keys()));
  }

  private constructor(target: CampaignTarget, known: ReadonlySet<string>) {
    this.#target = target;
    this.#known = known;
    this.#agent = new Agent({ keepAlive: true, maxSockets: target.crowd });
  }

  /** At least so many requests. The numbers of the cases must not have been there in an earlier run. */
  async send(
    seed: number,
    requests: number,
    firstIndex: number,
    onProgress: (sent: number) => void,
  ) {
    const cases = draws(seed, requests).entries();
    const before = this.#result.sent;
    const isEnough = () => this.#result.sent - before >= requests;
    const buyer = async () => {
      for (const [index, draw] of cases) {
        if (isEnough()) return;
        await this.#sendCase(drawRequests(draw, firstIndex + index));
        onProgress(this.#result.sent - before);
      }
    };
    await Promise.all(Array.from({ length: this.#target.crowd }, buyer));
  }

  /** The table holds what was accepted, as it was sent, and nothing else. */
  async close(): Promise<RequestResult> {
    this.#agent.destroy();
    const stored = await readOrders(this.#target.stage);
    for (const [id, wanted] of this.#wanted) {
      const order = stored.get(id);
      if (order === undefined) this.#fault('stored', `${id} was accepted and is not stored`);
      else if (!isSame(order, wanted))
        this.#fault(
          'stored',
          `${id} is stored as ${JSON.stringify(order)}, sent ${JSON.stringify(wanted)}`,
        );
    }
    const added = [...stored.keys()].filter((id) => !this.#known.has(id));
    for (const id of added) {
      if (!this.#wanted.has(id)) this.#fault('stored', `${id} is stored and was not accepted`);
    }
    return { ...this.#result, stored: added.length, faults: [...this.#faults.values()] };
  }

  async #sendCase(requests: InputRequest[]): Promise<void> {
    let first: string | undefined;
    for (const one of requests) {
      const answer = await this.#answerOf(one);
      if (answer === undefined) return;
      first = this.#judge(one, answer, first) ?? first;
    }
  }

  async #answerOf(sent: InputRequest): Promise<Answer | undefined> {
    this.#result.sent += 1;
    const answer = await this.#post(sent).catch((error: Error) => {
      this.#fault(sent.what, `no answer: ${error.message}`);
      return undefined;
    });
    const { throttledStatus } = this.#target;
    if (answer?.status !== throttledStatus || !TURNED_AWAY.test(answer.body)) return answer;
    this.#result.turnedAway += 1;
    return undefined;
  }

  async #post({ method, target, headers, body }: InputRequest): Promise<Answer> {
    const { api } = this.#target;
    const { host, hostname, port, pathname } = new URL(api);
    const length = body === undefined ? [] : ['content-length', String(body.length)];
    const sent = request({
      agent: this.#agent,
      host: hostname,
      port,
      method,
      path: `${pathname === '/' ? '' : pathname}${target}`,
      headers: ['host', host, ...headers.flat(), ...length],
      timeout: 60_000,
    });
    sent.on('timeout', () => sent.destroy(new Error('60 s without an answer')));
    sent.end(body);
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  /** The id of the order that the answer is about. */
  #judge(
    { what, method, target, expected }: InputRequest,
    answer: Answer,
    first: string | undefined,
  ) {
    const { status, body } = answer;
    const tell = (fault: string) =>
      this.#fault(
        what,
        `${method} ${target}, ${what}: ${fault}; it answered ${status} ${body.slice(0, 300)}`,
      );
    if (status >= 500) tell('a fault of the service');
    else if ('notFound' in expected) {
      if (status !== 404) tell('expected 404');
    } else if ('refused' in expected) {
      this.#result.refused += 1;
      if (status !== expected.refused) tell(`expected ${expected.refused}`);
      const missing = missingNames(expected.names, body);
      if (missing.length > 0) tell(`does not name ${missing.join(' and ')}`);
    } else {
      const wanted = 'order' in expected ? expected.order : expected.replay;
      const order = parse<Stored>(body);
      if (status !== (wanted.way === 'sync' ? 200 : 202)) return void tell('expected an order');
      if (!isSame(order, wanted)) return void tell(`sent ${JSON.stringify(wanted)}`);
      this.#result.accepted += 1;
      if (
        'replay' in expected &&
        (order.order_id !== first || !answer.headers['idempotent-replayed'])
      )
        tell('is not the order before it');
      this.#wanted.set(order.order_id, wanted);
      return order.order_id;
    }
    return undefined;
  }

  #fault(kind: string, fault: string): void {
    if (this.#faults.size < MOST_FAULTS && !this.#faults.has(kind)) this.#faults.set(kind, fault);
  }
}

function missingNames(wanted: string[][], body: string): string[] {
  const { errors = [] } = parse<Problem>(body);
  const named = new Set(errors.flatMap((error) => [error.pointer, error.header, error.parameter]));
  return wanted.filter((names) => !names.some((name) => named.has(name))).map(String);
}

function isSame(order: WantedOrder, wanted: WantedOrder): boolean {
  const { way, customer_id, items, total_cents } = order;
  const plain = wanted.items.map((item) => ({ ...item, price: item.price + 0 }));
  return isDeepStrictEqual({ way, customer_id, items, total_cents }, { ...wanted, items: plain });
}

function parse<T>(body: string): T {
  try {
    return (JSON.parse(body) ?? {}) as T;
  } catch {
    return {} as T;
  }
}

/** Every row of the orders table. */
export async function readOrders({ clients, outputs }: Stage): Promise<Map<string, Stored>> {
  const orders = new Map<string, Stored>();
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await clients.dynamodb.send(
      new ScanCommand({
        TableName: outputs.OrdersTableName,
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    for (const item of page.Items ?? []) {
      const order = fromItem(item) as unknown as Stored;
      orders.set(order.order_id, order);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return orders;
}

/** Physical memory of a process. */
export const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
