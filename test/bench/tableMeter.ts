import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PRICES } from '../../ops/prices.ts';
import { readUnits } from '../support/readUnits.ts';

/** Attributes that put an item into an index: writing or removing one is a write to that index too. */
const INDEX_KEYS = ['open_in', 'held_in', 'open_shard'];

/** Stands between the functions and their tables, and adds up what AWS would bill for the calls. */
export class TableMeter {
  readonly #agent = new Agent({ keepAlive: true });
  /** Which index entries are there, by item and attribute: writing one again as it was costs nothing. */
  readonly #entries = new Set<string>();
  #target = '';
  writeUnits = 0;
  readUnits = 0;
  readonly #server = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const answer = await this.#forward(incoming, body);
    const text = Buffer.concat(await answer.toArray()).toString();
    this.#count(operation, body, text);
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
  });

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  connect(endpoint: string): void {
    this.#target = endpoint;
  }

  close(): void {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get dollars(): number {
    return this.writeUnits * PRICES.tableWriteUnit + this.readUnits * PRICES.tableReadUnit;
  }

  async #forward({ headers, method }: IncomingMessage, body: string): Promise<IncomingMessage> {
    const { host } = new URL(this.#target);
    const options = { method, headers: { ...headers, host }, agent: this.#agent };
    const onward = httpRequest(this.#target, options);
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    return answer;
  }

  /** Items here are smaller than a unit. A write whose condition does not hold is billed as well, but changes no index. */
  #count(operation: string, body: string, answer: string): void {
    this.readUnits += readUnits(operation, body);
    if (!/^(Put|Update)Item$/.test(operation)) return;
    this.writeUnits += 1;
    if (answer.includes('ConditionalCheckFailed')) return;
    const {
      Key,
      Item,
      UpdateExpression = '',
    } = JSON.parse(body) as {
      Key?: object;
      Item?: Record<string, object>;
      UpdateExpression?: string;
    };
    const id = JSON.stringify(Object.values(Key ?? Item ?? {})[0]);
    for (const name of INDEX_KEYS) {
      const isRemoved = new RegExp(`REMOVE [^:]*\\b${name}\\b`).test(UpdateExpression);
      const isSet = Item?.[name] !== undefined || new RegExp(`\\b${name} =`).test(UpdateExpression);
      const entry = `${name} ${id}`;
      if (isRemoved || (isSet && !this.#entries.has(entry))) this.writeUnits += 1;
      if (isRemoved) this.#entries.delete(entry);
      else if (isSet) this.#entries.add(entry);
    }
  }
}
