import { builtinModules } from 'node:module';
import { currentEnvironment } from './currentEnvironment.ts';

type Holder = Record<PropertyKey, unknown>;
type Define = (target: object, first: never, second?: never) => unknown;

/** The language's own names: asked once in the main thread, since it takes a new context to know them. */
declare const INTRINSICS: string[];
/** This thread's script is evaluated from memory, and Node gives such a script names that no module has. */
const OF_SCRIPT = [
  ...['require', 'module', 'exports', '__filename', '__dirname'],
  ...builtinModules.filter((name) => !['console', 'crypto', 'process'].includes(name)),
];
const ownGlobals = (): Holder | undefined => currentEnvironment.getStore()?.globals;

/**
 * Gives every environment of this thread globals of its own. What Node.js adds to the language is looked up in the
 * environment first, and so is every name that the thread does not have: `globalThis.x = 1` and an assignment to an
 * undeclared name both end in the set trap of the global object's prototype.
 */
export function separateGlobals(): void {
  for (const name of OF_SCRIPT) Reflect.deleteProperty(globalThis, name);
  const kept = new Set(INTRINSICS);
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => !kept.has(name))
    .forEach(separate);
  const ofThread = Object.getPrototypeOf(globalThis) as object;
  const inherited = new Proxy(ofThread, {
    has: (target, name) => name in (ownGlobals() ?? {}) || name in target,
    get: (target, name, receiver) => {
      const own = ownGlobals();
      return own && name in own ? own[name] : Reflect.get(target, name, receiver);
    },
    set: (_target, name, value, receiver) => {
      const own = ownGlobals();
      return own
        ? Reflect.set(own, name, value)
        : Reflect.defineProperty(receiver, name, { ...PLAIN, value });
    },
  });
  Object.setPrototypeOf(globalThis, inherited);
  defineOnOwnGlobals(Object, 'defineProperty');
  defineOnOwnGlobals(Object, 'defineProperties');
  defineOnOwnGlobals(Reflect, 'defineProperty');
}

const PLAIN = { writable: true, enumerable: true, configurable: true };

/**
 * Loads Node's `fetch`, once for the thread: what it sets on the global object would else belong to the environment that
 * is the first to use it. It takes longer than everything else that a thread starts with.
 */
export const loadFetch = (): unknown => currentEnvironment.exit(() => globalThis.Headers);

const { defineProperty } = Object;

function separate(name: string): void {
  const ofThread = Object.getOwnPropertyDescriptor(globalThis, name);
  if (!ofThread?.configurable) return;
  let isLoaded = ofThread.get === undefined;
  let value: unknown = ofThread.value;
  const separated = {
    configurable: true,
    enumerable: ofThread.enumerable === true,
    get: () => {
      const own = ownGlobals();
      if (own && name in own) return own[name];
      if (isLoaded) return value;
      // What Node loads only now puts itself in the place of this.
      value = currentEnvironment.exit(() => ofThread.get?.call(globalThis));
      isLoaded = true;
      defineProperty(globalThis, name, separated);
      return value;
    },
    set: (given: unknown) => {
      const own = ownGlobals();
      if (own) own[name] = given;
      else defineProperty(globalThis, name, { ...PLAIN, value: given });
    },
  };
  defineProperty(globalThis, name, separated);
}

function defineOnOwnGlobals(holder: object, name: string): void {
  const define = Reflect.get(holder, name) as Define;
  const replacement = (target: object, first: never, second: never) => {
    const own = target === globalThis ? ownGlobals() : undefined;
    if (!own) return define(target, first, second);
    const result = define(own, first, second);
    return result === own ? target : result;
  };
  Object.defineProperty(replacement, 'name', { value: name });
  Reflect.set(holder, name, replacement);
}

/** Of the language itself: what one environment changes there, all of this thread would see. */
export class SharedObjects {
  readonly #known = sharedObjects().map((object) => [object, valuesOf(object)] as const);

  get areChanged(): boolean {
    return this.#known.some(([object, known]) => {
      const values = valuesOf(object);
      return (
        known.size !== values.size ||
        [...values].some(([key, value]) => !Object.is(known.get(key), value))
      );
    });
  }
}

function sharedObjects(): object[] {
  const values = INTRINSICS.map((name) => Reflect.get(globalThis, name) as unknown);
  const objects = values.filter(
    (value) => typeof value === 'function' || typeof value === 'object',
  );
  return [
    globalThis,
    ...objects.flatMap((of) => [of, (of as { prototype?: object }).prototype]),
  ].filter((object): object is object => object !== undefined && object !== null);
}

/** Libraries set how long a trace is, and back again. */
const VOLATILE = new Set<PropertyKey>(['stackTraceLimit']);

function valuesOf(object: object): Map<PropertyKey, unknown> {
  const isGlobal = object === globalThis;
  const names = isGlobal ? INTRINSICS : Reflect.ownKeys(object);
  return new Map(
    names
      .filter((key) => !VOLATILE.has(key))
      .map((key) => {
        const { value, get } = Object.getOwnPropertyDescriptor(object, key) ?? {};
        return [key, get ?? value];
      }),
  );
}
