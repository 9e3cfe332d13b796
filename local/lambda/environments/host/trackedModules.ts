import { Socket } from 'node:net';
import process from 'node:process';
import { urlToHttpOptions } from 'node:url';
import { loadFetch } from './globals.ts';
import type { LocalEndpoints } from './protocol.ts';
import { deadStream, type Endable, type Resources } from './resources.ts';

type Module = Record<string, unknown>;
type Call = (...args: unknown[]) => Endable;
type Address = Record<string, unknown> & {
  host?: string | null | undefined;
  hostname?: string | null | undefined;
  headers?: object | undefined;
};

const threadFetch = globalThis.fetch;

/** Functions of Node's own modules that open something which must end with its environment. */
const TRACKED: Record<string, string[]> = {
  http: ['request', 'get', 'createServer'],
  https: ['request', 'get', 'createServer'],
  http2: ['connect', 'createServer'],
  net: ['connect', 'createConnection', 'createServer'],
  tls: ['connect', 'createServer'],
  dgram: ['createSocket'],
};

export function isTracked(name: string): boolean {
  return name in TRACKED;
}

/** A copy of one of Node's modules whose openings are registered with the environment's resources. */
export function trackedModule(
  name: string,
  resources: Resources,
  endpoints?: LocalEndpoints,
): Module {
  const real = process.getBuiltinModule(name) as unknown as Module;
  const wrapped = (key: string) => ({
    value: (...args: unknown[]) => {
      if (resources.ended) return deadStream();
      const here = endpoints && isRequest(key) ? requestHere(args, endpoints) : undefined;
      const host = endpoints && !isRequest(key) ? hostOf(args) : '';
      if (OF_AWS.test(host)) return unreachable(host, name);
      const call = here ? process.getBuiltinModule('http')[key as 'request'] : real[key];
      return resources.addEmitter((call as Call)(...(here ?? args)));
    },
    enumerable: true,
    configurable: true,
    writable: true,
  });
  // Descriptors, not values: reading every property of `http` would load undici, about 20 ms.
  return Object.create(Object.getPrototypeOf(real), {
    ...Object.getOwnPropertyDescriptors(real),
    ...Object.fromEntries(TRACKED[name]?.map((key) => [key, wrapped(key)]) ?? []),
  }) as Module;
}

/** Of `connect(port, host)`, `connect(options)` and `connect(url)`. */
function hostOf([first, second]: unknown[]): string {
  if (typeof first === 'number') return typeof second === 'string' ? second : hostOf([second]);
  if (typeof first === 'string' || first instanceof URL)
    return URL.parse(String(first))?.hostname ?? '';
  const { hostname, host } = Object(first) as Address;
  return String(hostname ?? host ?? '');
}

/** What speaks a protocol of its own with AWS would leave this machine. */
function unreachable(host: string, module: string): Endable {
  const error = new Error(`${host} is not reached from this machine by node:${module}`);
  Object.assign(error, { code: 'ENETUNREACH' });
  if (module === 'http2') throw error;
  return new Socket().destroy(error);
}

const isRequest = (key: string): boolean => key === 'request' || key === 'get';

/** Tells the answerer which host was meant. */
const FOR_HOST = 'x-forwarded-host';
/** Its names, with the dot of the root or without, and the address of the metadata that a server of EC2 has. */
const OF_AWS = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)\.?$|^169\.254\.169\.254$/;

/** Where a host of AWS is on this machine; undefined for every other host. */
function placeHere(host: string, { services, others }: LocalEndpoints): URL | undefined {
  if (!OF_AWS.test(host)) return undefined;
  const service = host.split('.').find((label) => Object.hasOwn(services, label));
  return new URL((service && services[service]) ?? others);
}

/** The arguments of a request to a host of AWS, for the place on this machine that answers for it. */
function requestHere(args: unknown[], endpoints: LocalEndpoints): unknown[] | undefined {
  const [first, ...rest] = args;
  const isUrl = typeof first === 'string' || first instanceof URL;
  const options = (isUrl ? rest.find((arg) => typeof arg === 'object') : first) as Address;
  const address: Address = { ...(isUrl && urlToHttpOptions(new URL(first))), ...options };
  const place = placeHere(address.hostname ?? address.host?.split(':')[0] ?? '', endpoints);
  if (!place) return undefined;
  const headers = Object.entries(address.headers ?? {}).filter(([name]) => !/^host$/i.test(name));
  const here = {
    ...address,
    protocol: 'http:',
    host: place.hostname,
    hostname: place.hostname,
    port: place.port,
    agent: undefined,
    headers: { ...Object.fromEntries(headers), [FOR_HOST]: address.hostname ?? address.host },
  };
  return [here, ...rest.filter((arg) => typeof arg === 'function')];
}

/** `fetch` that is aborted with its environment, and whose promise then never settles. */
export function trackedFetch(resources: Resources, endpoints?: LocalEndpoints): typeof fetch {
  return (input, init) => {
    if (resources.ended) return new Promise(() => undefined);
    loadFetch();
    const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const [target, given] = endpoints ? fetchHere(input, init, endpoints) : [input, init];
    return resources.gate(threadFetch(target, { ...given, signal: resources.endSignal(own) }));
  };
}

function fetchHere(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  endpoints: LocalEndpoints,
): Parameters<typeof fetch> {
  const url = URL.parse(input instanceof Request ? input.url : String(input));
  const place = url && placeHere(url.hostname, endpoints);
  if (!place) return [input, init];
  const here = new URL(`${url.pathname}${url.search}`, place);
  const isRequest = input instanceof Request;
  const given = init?.headers ?? (isRequest ? input.headers : {});
  const entries = Symbol.iterator in given ? [...given] : Object.entries(given);
  const headers = [...entries, [FOR_HOST, url.hostname]] as [string, string][];
  return [isRequest ? new Request(here, input) : here, { ...init, headers }];
}
