import { deadStream, type Endable, type Resources } from './resources.ts';

type Module = Record<string, unknown>;
type Call = (...args: unknown[]) => Endable;

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
export function trackedModule(name: string, resources: Resources): Module {
  const real = process.getBuiltinModule(name) as unknown as Module;
  const wrapped = (key: string) => ({
    value: (...args: unknown[]) =>
      resources.ended ? deadStream() : resources.addEmitter((real[key] as Call)(...args)),
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

/** `fetch` that is aborted with its environment, and whose promise then never settles. */
export function trackedFetch(resources: Resources): typeof fetch {
  return (input, init) => {
    if (resources.ended) return new Promise(() => undefined);
    const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    return resources.gate(fetch(input, { ...init, signal: resources.endSignal(own) }));
  };
}
