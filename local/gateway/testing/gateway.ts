import { once } from 'node:events';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { HttpApiModel } from '../../template/model.ts';
import { createHttpGateway, type HttpGateway, type HttpGatewayOptions } from '../httpGateway.ts';

/** The parts of both event formats that tests look into. */
// biome-ignore lint/suspicious/noExplicitAny: an event is looked into at any depth
export type Event = any;

/** A gateway on a free port whose functions are plain functions of the test. */
export interface TestGateway {
  gateway: HttpGateway;
  url: string;
  /** Every event that a function got. */
  events: Event[];
  accessLog: string[];
  send(path: string, options?: SendOptions): Promise<Answer>;
}

export interface SendOptions extends RequestOptions {
  body?: string | Buffer;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

type Options = Partial<Omit<HttpGatewayOptions, 'api'>> & {
  api?: Partial<HttpApiModel>;
  /** What the function returns; `{ statusCode: 204 }` by default. */
  respond?: (event: Event) => unknown;
};

const running: HttpGateway[] = [];

export function route(
  routeKey: string,
  overrides: Partial<HttpApiModel['routes'][number]> = {},
): HttpApiModel['routes'][number] {
  return {
    routeKey,
    functionName: 'function',
    timeoutMs: 30_000,
    payloadFormatVersion: '2.0',
    ...overrides,
  };
}

export function httpApi(overrides: Partial<HttpApiModel> = {}): HttpApiModel {
  return {
    id: 'a1b2c3d4e5',
    routes: [route('$default')],
    cors: undefined,
    throttling: undefined,
    routeThrottling: {},
    accessLogFormat: undefined,
    stageVariables: {},
    ...overrides,
  };
}

export async function startGateway(options: Options = {}): Promise<TestGateway> {
  const { api, respond = () => ({ statusCode: 204 }), ...rest } = options;
  const events: Event[] = [];
  const accessLog: string[] = [];
  const gateway = createHttpGateway({
    api: httpApi(api),
    accountId: '000000000000',
    region: 'us-east-1',
    invoke: async (_functionName, payload) => {
      const event = JSON.parse(payload);
      events.push(event);
      return { payload: JSON.stringify(await respond(event)) ?? 'null' };
    },
    onAccess: (line) => accessLog.push(line),
    ...rest,
  });
  running.push(gateway);
  const { url } = await gateway.listen(0, '127.0.0.1');
  return { gateway, url, events, accessLog, send: (path, sent) => send(url, path, sent) };
}

/** Paths go out as they are written: no normalization, no encoding. */
async function send(url: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const { body, ...rest } = options;
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, path, agent: false, ...rest });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

export async function stopGateways(): Promise<void> {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop(0)));
}
