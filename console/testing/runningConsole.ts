import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConsoleServer, type ConsoleSources, startConsole } from '../consoleServer.ts';
import { Observations } from '../observations.ts';
import type { ServicePanels } from '../servicePanels.ts';

const QUEUES = [
  {
    name: 'orders',
    approximateMessageCount: 3,
    approximateInflightCount: 2,
    approximateDelayedCount: 1,
  },
];

const SNAPSHOT = {
  accountQuota: 10,
  unreserved: { limit: 10, running: 0 },
  functions: {},
  mappings: [],
  async: {},
};

const MODEL = {
  service: 'parcels',
  stage: 'local',
  functions: [{ key: 'crane' }],
  queues: [{ name: 'orders' }],
  topics: [{ name: 'notices', arn: 'arn:notices' }],
  subscriptions: [{ topicArn: 'arn:notices', endpoint: 'arn:aws:lambda:x:0:function:crane' }],
  notRun: [],
};

export interface RunningConsole {
  address: string;
  console: ConsoleServer;
  observations: Observations;
  /** What the emulator of the queues answers to each path; a path that is not here has the depths. */
  queueAnswers: Record<string, unknown>;
  /** How many requests the emulator of the queues leaves without an answer. */
  hung: { count: number };
  stop: () => Promise<void>;
}

/** A console without a service: the queues are a server of the test. */
export async function runConsole({
  readOnly = false,
  panels = undefined as ServicePanels | undefined,
  outputs = {},
} = {}): Promise<RunningConsole> {
  const queueAnswers: Record<string, unknown> = {};
  const hung = { count: 0 };
  const queues = createServer(({ url = '' }, response) => {
    if (hung.count > 0) hung.count -= 1;
    else response.end(JSON.stringify(queueAnswers[url] ?? QUEUES));
  });
  const sqs = await listen(queues);
  const place = createServer();
  const address = await listen(place);
  const observations = new Observations();
  const sources = {
    ready: { api: sqs, console: address, endpoints: { sqs }, outputs },
    model: MODEL,
    version: '1.0.0',
    lambda: { snapshot: () => SNAPSHOT },
    gateway: undefined,
    observations,
    readOnly,
    panels,
  } as unknown as ConsoleSources;
  const console = await startConsole({ ...sources, host: '127.0.0.1', port: place });
  const stop = async () => {
    await console.stop();
    queues.closeAllConnections();
    queues.close();
    place.close();
  };
  return { address, console, observations, queueAnswers, hung, stop };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const change =
  (method: 'POST' | 'PUT') =>
  ({ address }: RunningConsole, path: string, body: unknown, headers = {}) =>
    fetch(`${address}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
export const put = change('PUT');
export const post = change('POST');

export async function events(
  { address }: RunningConsole,
  path: string,
  count: number,
  headers = {},
): Promise<{ at: number }[]> {
  const leave = new AbortController();
  const response = await fetch(`${address}${path}`, { headers, signal: leave.signal });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const found = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
    if (found.length >= count && text.endsWith('\n\n')) {
      leave.abort();
      return found.map((data) => JSON.parse(data) as { at: number });
    }
  }
  throw new Error('the stream ended');
}
