import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { HttpGateway } from '../gateway/httpGateway.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { ReadyFile } from '../readyFile.ts';
import type { ServiceModel } from '../template/model.ts';
import { allMessages } from './messages.ts';
import { runtimeStats } from './stats.ts';

export interface ConsoleContext {
  ready: ReadyFile;
  model: ServiceModel;
  lambda: Lambda;
  gateway: HttpGateway | undefined;
}

export interface ConsoleServer {
  stop: () => Promise<void>;
}

type Answer = { type: string; body: string };
type Route = (context: ConsoleContext) => Promise<Answer> | Answer;

const json = (value: unknown): Answer => ({
  type: 'application/json',
  body: JSON.stringify(value),
});

const ROUTES: Record<string, Route> = {
  'GET /': ({ ready }) => ({
    type: 'text/plain; charset=utf-8',
    body: `The flash sale runs at ${ready.api}\n`,
  }),
  'GET /api/stats': ({ lambda, gateway }) => json(runtimeStats(lambda, gateway)),
  'GET /api/messages': async (context) => json(await allMessages(context)),
};

/** Serves the console and its API on the console port. */
export async function startConsole({
  host,
  port,
  ...context
}: ConsoleContext & { host: string; port: number }): Promise<ConsoleServer> {
  const server = createServer((request, response) => void answer(request, response, context));
  server.listen(port, host);
  await once(server, 'listening');
  return {
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: ConsoleContext,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://console').pathname;
  const route = ROUTES[`${request.method} ${path}`];
  if (!route) {
    response.writeHead(404, { 'content-type': 'application/json' }).end(`{"message":"Not Found"}`);
    return;
  }
  try {
    const { type, body } = await route(context);
    response.writeHead(200, { 'content-type': type }).end(body);
  } catch (error) {
    response
      .writeHead(500, { 'content-type': 'application/json' })
      .end(JSON.stringify({ message: String(error) }));
  }
}
