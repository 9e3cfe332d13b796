import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readUnits } from '../support/readUnits.ts';

const SERVICES = ['dynamodb', 'sns', 'sqs'] as const;
type Service = (typeof SERVICES)[number];

const BYTES_OF_A_UNIT = 1024;

/** Stands between the functions and the emulators, and counts what AWS would bill of their calls. */
export class CountingProxy {
  readonly counted = {
    writes: 0,
    reads: 0,
    queries: 0,
    storedBytes: 0,
    publishes: 0,
    queueRequests: 0,
  };
  /** Of all services, in the order they came. */
  readonly operations: string[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    this.#pass(request).then(
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
      () => response.destroy(),
    );
  });
  #targets: Record<Service, string> | undefined;

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What makes a function call this proxy. */
  static environment = (url: string): Record<string, string> =>
    Object.fromEntries(
      SERVICES.map((name) => [`AWS_ENDPOINT_URL_${name.toUpperCase()}`, `${url}/${name}`]),
    );

  /** The same for the functions of a local service. */
  static flags = (url: string): string[] =>
    Object.entries(CountingProxy.environment(url)).flatMap(([name, value]) => [
      '--env',
      `${name}=${value}`,
    ]);

  connect(targets: Record<Service, string>): void {
    this.#targets = targets;
  }

  close(): void {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(request: IncomingMessage): Promise<IncomingMessage> {
    const [, name = '', ...rest] = (request.url ?? '').split('/');
    const service = SERVICES.find((known) => known === name);
    if (service === undefined || this.#targets === undefined) throw new Error('nowhere to go');
    const body = Buffer.concat(await request.toArray());
    this.#count(service, String(request.headers['x-amz-target']), body.toString());
    const target = new URL(rest.join('/'), `${this.#targets[service]}/`);
    const { method, headers } = request;
    const onward = { method, headers: { ...headers, host: target.host }, agent: this.#agent };
    const [answer] = await once(httpRequest(target, onward).end(body), 'response');
    return answer as IncomingMessage;
  }

  #count(service: Service, target: string, body: string): void {
    const operation =
      service === 'sns' ? new URLSearchParams(body).get('Action') : target.split('.')[1];
    this.operations.push(operation ?? 'unknown');
    if (service === 'sns') this.counted.publishes += 1;
    else if (service === 'sqs') this.counted.queueRequests += 1;
    else this.#countTableCall(operation ?? '', body);
  }

  /**
   * A write unit for each KB of an item that is put, and one for an update, since orders are smaller; one more where a write
   * puts an order into the index of open orders or takes it out.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
   */
  #countTableCall(operation: string, body: string): void {
    if (operation !== 'Query') this.counted.reads += readUnits(operation, body);
    if (operation === 'Query') this.counted.queries += 1;
    if (operation !== 'PutItem' && operation !== 'UpdateItem') return;
    const { Item, UpdateExpression = '' } = JSON.parse(body) as {
      Item?: object;
      UpdateExpression?: string;
    };
    const isIndexed = Item === undefined ? /REMOVE/.test(UpdateExpression) : 'open_shard' in Item;
    const bytes = Item === undefined ? 0 : itemBytes(Item);
    this.counted.storedBytes += bytes;
    this.counted.writes += Math.max(1, Math.ceil(bytes / BYTES_OF_A_UNIT)) + (isIndexed ? 1 : 0);
  }
}

/** Names and values; lists and maps have 3 bytes of their own and 1 for each member. */
function itemBytes(item: object): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(attribute: Record<string, unknown>): number {
  const [[type, value]] = Object.entries(attribute) as [[string, unknown]];
  if (type === 'M') return 3 + Object.keys(value as object).length + itemBytes(value as object);
  if (type === 'L')
    return (value as Record<string, unknown>[]).reduce((sum, one) => sum + 1 + valueBytes(one), 3);
  // A number takes half a byte for each digit, and one more.
  if (type === 'N') return Math.ceil(String(value).length / 2) + 1;
  return Buffer.byteLength(String(value));
}
