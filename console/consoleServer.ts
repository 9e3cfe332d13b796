import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import * as z from 'zod';
import { createRouter, type RouteMatch } from '../local/gateway/routes.ts';
import { listen, requestTarget } from '../local/httpServer.ts';
import { apiText, openApi } from './apiDescription.ts';
import { frameRoutes } from './frameRoutes.ts';
import { History } from './history.ts';
import { queueDepths } from './messages.ts';
import { FRAME_PAGE, PageAssets, pageDocument } from './pageAssets.ts';
import { readBody } from './requestBody.ts';
import { type Answer, ConsoleProblem, json, problem, type Route, takesBody } from './route.ts';
import { recordSamples, Sampler } from './sampler.ts';
import type { ObservedService, OpenPanels, ServicePanels } from './servicePanels.ts';

export interface ConsoleServer {
  routes: Route[];
  closed: Promise<unknown>;
  stop: () => Promise<void>;
}

/** What the console is given of the running service. */
export interface ConsoleSources extends ObservedService {
  /** Of a service that brings its own. */
  panels: ServicePanels | undefined;
}

/** What every request is answered from. */
interface Site {
  service: string;
  api: string;
  version: string;
  readOnly: boolean;
  routes: Route[];
  router: ReturnType<typeof createRouter<Route>>;
  assets: PageAssets;
}

const NO_PANELS: OpenPanels = {
  routes: [],
  about: {},
  figures: () => ({}),
  stop: async () => {},
};

/** Serves the console and its API on the console port. */
export async function startConsole({
  host,
  port,
  panels,
  ...sources
}: ConsoleSources & { host: string; port: number | NetServer }): Promise<ConsoleServer> {
  const { ready, model, lambda, gateway, version, readOnly } = sources;
  const history = new History();
  const opened = panels?.open(sources) ?? NO_PANELS;
  const routes = [...frameRoutes({ ...sources, history, about: opened.about }), ...opened.routes];
  const assets = new PageAssets(panels?.page ?? FRAME_PAGE);
  const router = createRouter(routes);
  const { api } = ready;
  const site = { service: model.service, api, version, readOnly, routes, router, assets };
  const { figures } = opened;
  const sampler = new Sampler({ lambda, gateway, figures, queueDepths: () => queueDepths(ready) });
  const server = createServer((request, response) => void respond(request, response, site));
  const { closed } = await listen(server, port, host);
  const stopSampling = recordSamples(sampler, history);
  return {
    routes,
    closed,
    stop: async () => {
      stopSampling();
      await opened.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
): Promise<void> {
  try {
    if (site.readOnly) refuseChange(request);
    const { encodedPath } = requestTarget(request.url);
    const found = site.router(request.method ?? 'GET', encodedPath);
    if (!found) return send(response, await page(request, site));
    const query = readQuery(found.route, request);
    if (found.route.stream) return found.route.stream(request, response);
    send(response, await callRoute(found, query, request));
  } catch (error) {
    send(response, problemOf(error));
  }
}

function refuseChange({ method }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new ConsoleProblem(403, 'this console is read-only: it was started with --read-only');
}

async function callRoute(
  { route, pathParameters: parameters = {} }: RouteMatch<Route>,
  query: unknown,
  request: IncomingMessage,
): Promise<Answer> {
  const body = takesBody(route) ? parse('body', route.body, await readBody(request)) : undefined;
  return route.handle({ parameters, query, body });
}

/** What is not known, or given twice, is refused. */
function readQuery({ query }: Route, { url }: IncomingMessage): unknown {
  const given = new URLSearchParams(requestTarget(url).query);
  for (const name of given.keys())
    if (given.getAll(name).length > 1)
      throw new ConsoleProblem(400, `the query has "${name}" more than once`);
  const filled = [...given].filter(([name, value]) => value !== '' || !(name in query.shape));
  return parse('query', query.strict(), Object.fromEntries(filled));
}

function parse(part: string, schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConsoleProblem(400, `the ${part} breaks these rules: ${z.prettifyError(parsed.error)}`);
}

function page(
  { method, url, headers }: IncomingMessage,
  { service, api, version, routes, assets }: Site,
): Answer | Promise<Answer> {
  const { encodedPath } = requestTarget(url);
  if (method !== 'GET') throw new ConsoleProblem(404, `there is no ${method} ${encodedPath}`);
  if (encodedPath === '/') return pageDocument(api);
  if (encodedPath === '/page.js') return assets.get('script');
  if (encodedPath === '/page.css') return assets.get('style');
  if (encodedPath !== '/api') throw new ConsoleProblem(404, `there is no GET ${encodedPath}`);
  return headers.accept?.includes('json')
    ? json(openApi(routes, service, version))
    : { type: 'text/plain; charset=utf-8', body: apiText(routes) };
}

function send(response: ServerResponse, { status = 200, type, body, headers }: Answer): void {
  if (response.headersSent) return void response.destroy();
  const usual = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  response.writeHead(status, { ...usual, ...headers, 'content-type': type });
  response.end(body);
}

function problemOf(error: unknown): Answer {
  if (error instanceof ConsoleProblem) return problem(error.status, error.message);
  return problem(500, (error as Error).message);
}
