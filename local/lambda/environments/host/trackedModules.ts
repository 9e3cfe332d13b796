import type { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import { deadStream, type Resources } from './resources.ts';

type Module = Record<string, unknown>;
type Call = (...args: unknown[]) => never;

/** Functions of Node's own modules that open something which must end with its environment. */
const TRACKED: Record<string, { requests?: string[]; emitters?: string[] }> = {
  http: { requests: ['request', 'get'], emitters: ['createServer'] },
  https: { requests: ['request', 'get'], emitters: ['createServer'] },
  http2: { emitters: ['connect', 'createServer'] },
  net: { emitters: ['connect', 'createConnection', 'createServer'] },
  tls: { emitters: ['connect', 'createServer'] },
  dgram: { emitters: ['createSocket'] },
};

export function isTracked(name: string): boolean {
  return name in TRACKED;
}

/** A copy of one of Node's modules whose openings are registered with the environment's resources. */
export function trackedModule(name: string, resources: Resources): Module {
  const real = process.getBuiltinModule(name) as unknown as Module;
  const { requests = [], emitters = [] } = TRACKED[name] ?? {};
  const wrapped = (key: string, add: (opened: never) => unknown) => ({
    value: (...args: unknown[]) =>
      resources.ended ? deadStream() : add((real[key] as Call)(...args)),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  const addRequest = (request: ClientRequest) => resources.addRequest(request);
  const addEmitter = (emitter: EventEmitter) => resources.addEmitter(emitter);
  // Descriptors, not values: reading every property of `http` would load undici, about 20 ms.
  return Object.create(Object.getPrototypeOf(real), {
    ...Object.getOwnPropertyDescriptors(real),
    ...Object.fromEntries(requests.map((key) => [key, wrapped(key, addRequest)])),
    ...Object.fromEntries(emitters.map((key) => [key, wrapped(key, addEmitter)])),
  }) as Module;
}

/** `fetch` that is aborted with its environment, and whose promise then never settles. */
export function trackedFetch(resources: Resources): typeof fetch {
  return (input, init) => {
    if (resources.ended) return new Promise(() => undefined);
    const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const signal = own ? AbortSignal.any([own, resources.endSignal]) : resources.endSignal;
    return resources.gate(fetch(input, { ...init, signal }));
  };
}
