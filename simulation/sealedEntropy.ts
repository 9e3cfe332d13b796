import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

/** Whatever tells the real time, waits for it, or draws by lot: by the object that has it. */
const SOURCES: [of: object, name: string, members: string[]][] = [
  [Date, 'Date', ['now']],
  [Math, 'Math', ['random']],
  [globalThis, 'globalThis', ['setTimeout', 'setInterval']],
  [timers, 'node:timers', ['setTimeout', 'setInterval']],
  [timersPromises, 'node:timers/promises', ['setTimeout', 'setInterval']],
  [performance, 'performance', ['now']],
  [process, 'process', ['hrtime', 'uptime']],
  [globalThis.crypto, 'crypto', ['getRandomValues', 'randomUUID']],
  [
    crypto,
    'node:crypto',
    [
      ...['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID'],
      ...['generateKeyPairSync', 'generateKeySync'],
    ],
  ],
];

/** The one that asked is under the seal's own two. */
const FRAMES_OF_A_USE = 3;

export interface Seal {
  /** Each use, with the place in the code. */
  readonly uses: string[];
  break(): void;
}

/**
 * Until it is broken, whoever asks for the real time or for real chance is refused, and named. Other errors tell no more than
 * their first frame meanwhile: most of them are faults that were drawn, and a whole stack takes longer than what was called.
 */
export function sealEntropy(): Seal {
  const uses: string[] = [];
  const { stackTraceLimit } = Error;
  const refuse = (what: string) => {
    Error.stackTraceLimit = FRAMES_OF_A_USE;
    const error = new Error(`${what} was used, and not the clock or the seed of the simulation`);
    Error.stackTraceLimit = 1;
    uses.push(`${error.message}: ${error.stack?.split('\n')[FRAMES_OF_A_USE]?.trim()}`);
    throw error;
  };
  Error.stackTraceLimit = 1;
  const opened = SOURCES.flatMap(([of, name, members]) =>
    members.map((member) => replace(of, member, () => refuse(`${name}.${member}`))),
  );
  opened.push(
    replace(
      globalThis,
      'Date',
      sealedDate(() => refuse('new Date()')),
    ),
  );
  syncBuiltinESMExports();
  return {
    uses,
    break: () => {
      Error.stackTraceLimit = stackTraceLimit;
      for (const open of opened.reverse()) open();
      syncBuiltinESMExports();
    },
  };
}

/** Returns what puts the member back. */
function replace(of: object, member: string, by: unknown): () => void {
  const standing = Object.getOwnPropertyDescriptor(of, member);
  Object.defineProperty(of, member, { value: by, configurable: true, writable: true });
  return () => {
    if (standing === undefined) Reflect.deleteProperty(of, member);
    else Object.defineProperty(of, member, standing);
  };
}

/** A date of a given time is no more than a number. Not a proxy: dates are made so often that it would be felt. */
function sealedDate(refuse: () => never): DateConstructor {
  const Open = Date;
  function Sealed(...args: number[]): Date {
    if (new.target === undefined || args.length === 0) return refuse();
    return args.length === 1 ? new Open(args[0] as number) : Reflect.construct(Open, args, Open);
  }
  Object.defineProperties(Sealed, Object.getOwnPropertyDescriptors(Open));
  return Sealed as unknown as DateConstructor;
}
