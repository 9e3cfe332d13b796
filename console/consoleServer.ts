import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import * as z from 'zod';
import { listen } from '../local/httpServer.ts';
import { localStage, type ReadyFile as StageReadyFile } from '../ops/stage.ts';
import { apiText, openApi } from './apiDescription.ts';
import { CHANGE_ROUTES } from './changeRoutes.ts';
import type { ConsoleContext, ConsoleSources } from './context.ts';
import { History } from './history.ts';
import { IntakeTimes } from './intakeTimes.ts';
import { queueDepths } from './messages.ts';
import { pageAsset, pageDocument } from './pageAssets.ts';
import { readBody } from './requestBody.ts';
import {
  type Answer,
  ConsoleProblem,
  json,
  matchPath,
  problem,
  type Route,
  takesBody,
} from './route.ts';
import { SaleRun } from './saleRun.ts';
import { recordSamples, Sampler } from './sampler.ts';
import { WATCH_ROUTES } from './watchRoutes.ts';

/** Locust is told to end at once; the workers that a sale would still set back go with this service, which ends within 5 s. */
const SALE_STOP_MS = 1000;

export interface ConsoleServer {
  closed: Promise<unknown>;
  stop: () => Promise<void>;
}

export const API_ROUTES: Route<ConsoleContext>[] = [...WATCH_ROUTES, ...CHANGE_ROUTES];

/** Serves the console and its API on the console port. */
export async function startConsole({
  host,
  port,
  ...sources
}: ConsoleSources & { host: string; port: number | NetServer }): Promise<ConsoleServer> {
  const { ready, lambda, observations } = sources;
  const history = new History();
  const intake = new IntakeTimes(ready.api);
  const sale = new SaleRun(ready);
  const stage = lazily(() => localStage(ready as StageReadyFile));
  const context: ConsoleContext = { ...sources, history, sale, stage: stage.get };
  const sampler = new Sampler({
    metrics: observations.metrics,
    intake,
    lambda,
    queueDepths: () => queueDepths(ready),
  });
  const server = createServer((request, response) => void respond(request, response, context));
  const { closed } = await listen(server, port, host);
  const stopSampling = recordSamples(sampler, history);
  return {
    closed,
    stop: async () => {
      stopSampling();
      intake.stop();
      await sale.stop(SALE_STOP_MS);
      stage.made?.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  context: ConsoleContext,
): Promise<void> {
  try {
    if (context.readOnly) refuseChange(request);
    const found = findRoute(request);
    if (found?.route.stream) return found.route.stream(context, request, response);
    send(response, await (found ? callRoute(found, request, context) : page(request, context)));
  } catch (error) {
    send(response, problemOf(error));
  }
}

function refuseChange({ method }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new ConsoleProblem(403, 'this console only shows: it was started with --read-only');
}

interface FoundRoute {
  route: Route<ConsoleContext>;
  parameters: Record<string, string>;
}

function findRoute({ method, url = '/' }: IncomingMessage): FoundRoute | undefined {
  const { pathname } = new URL(url, 'http://console');
  for (const route of API_ROUTES) {
    const parameters = route.method === method ? matchPath(route.path, pathname) : undefined;
    if (parameters) return { route, parameters };
  }
  return undefined;
}

async function callRoute(
  { route, parameters }: FoundRoute,
  request: IncomingMessage,
  context: ConsoleContext,
): Promise<Answer> {
  const { searchParams } = new URL(request.url ?? '/', 'http://console');
  const given = [...searchParams].filter(([, value]) => value !== '');
  const query = parse('query', route.query, Object.fromEntries(given));
  const body = takesBody(route) ? parse('body', route.body, await readBody(request)) : undefined;
  return route.handle(context, { parameters, query, body });
}

function parse(part: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConsoleProblem(400, `the ${part} breaks these rules: ${z.prettifyError(parsed.error)}`);
}

function page({ method, url = '/', headers }: IncomingMessage, { version }: ConsoleContext) {
  const { pathname } = new URL(url, 'http://console');
  if (method !== 'GET') throw new ConsoleProblem(404, `there is no ${method} ${pathname}`);
  if (pathname === '/') return pageDocument();
  if (pathname === '/page.js') return pageAsset('script');
  if (pathname === '/page.css') return pageAsset('style');
  if (pathname !== '/api') throw new ConsoleProblem(404, `there is no GET ${pathname}`);
  return headers.accept?.includes('json')
    ? json(openApi(API_ROUTES, version))
    : { type: 'text/plain; charset=utf-8', body: apiText(API_ROUTES) };
}

function send(response: ServerResponse, { status = 200, type, body, headers }: Answer): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'cache-control': 'no-store', ...headers, 'content-type': type });
  response.end(body);
}

function problemOf(error: unknown): Answer {
  if (error instanceof ConsoleProblem) return problem(error.status, error.message);
  return problem(500, (error as Error).message);
}

function lazily<T>(make: () => T): { get: () => T; made: T | undefined } {
  const holder = {
    made: undefined as T | undefined,
    get: () => {
      holder.made ??= make();
      return holder.made;
    },
  };
  return holder;
}
