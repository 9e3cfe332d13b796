import { createHash } from 'node:crypto';
import {
  type FSWatcher,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  watch as watchFolder,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FunctionModel, ServiceModel } from './template/model.ts';

/** A save touches several files; they are packaged together. */
const SETTLE_MS = 150;
/** Whoever saves while a packaging runs saves often: the next one waits for a longer pause. */
const LONG_SETTLE_MS = 1000;
/** All else may be in a package, whatever its extension. */
const NOT_SOURCE = /(^|\/)(node_modules|\.(?!env)[^/]*)(\/|$)|(~|\.log)$/;

export interface WatchOptions {
  serviceDirectory: string;
  packageDirectory: string;
  /** It changes with every message. */
  dataDirectory: string | undefined;
  /** What runs. */
  model: ServiceModel;
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
  readModel: (folder: string) => ServiceModel;
  replaceFunction: (model: FunctionModel) => Promise<void>;
  say: (text: string) => void;
}

export interface SourceWatch {
  stop: (graceMs: number) => Promise<void>;
}

/** Packages again when a source changes, one packaging at a time, and replaces the functions whose zip is another one. */
export function watchSources(options: WatchOptions): SourceWatch {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let settleMs = SETTLE_MS;
  const reloadNow = async () => {
    settleMs = SETTLE_MS;
    try {
      await reload(options, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted)
        options.say(`The change was not taken over: ${(error as Error).message}`);
    }
    running = undefined;
    if (settleMs === LONG_SETTLE_MS) changed();
  };
  const changed = () => {
    if (running) settleMs = LONG_SETTLE_MS;
    else {
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = reloadNow();
      }, settleMs);
    }
  };
  const sources = new Sources(options, changed);
  return {
    stop: async (graceMs) => {
      stopped.abort();
      clearTimeout(timer);
      sources.close();
      // A function that is being replaced may wait as long as its old code runs.
      await Promise.race([running, sleep(graceMs, undefined, { ref: false })]);
    },
  };
}

/** The folders of a service that may hold sources, each watched by itself: a recursive watch takes in node_modules. */
class Sources {
  readonly #root: string;
  readonly #data: string | undefined;
  readonly #say: (text: string) => void;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  /** What was read at the last change, so that a packaging that writes the same file again is none. */
  readonly #digests = new Map<string, string>();

  constructor({ serviceDirectory, dataDirectory, say }: WatchOptions, changed: () => void) {
    this.#root = serviceDirectory;
    this.#data = dataDirectory && path.resolve(dataDirectory);
    this.#say = say;
    this.#changed = changed;
    try {
      this.#watch(serviceDirectory);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    const watcher = watchFolder(folder, (_event, name) => {
      if (name !== null) this.#tryToLook(path.join(folder, name));
    });
    watcher.on('error', (error) => this.#say(`A folder is no longer watched: ${error.message}`));
    this.#watchers.get(folder)?.close();
    this.#watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory() && this.#isSource(file)) this.#watch(file);
    }
  }

  /** A file may go while it is looked at. */
  #tryToLook(file: string): void {
    try {
      this.#look(file);
    } catch (error) {
      this.#say(`${file} cannot be watched: ${(error as Error).message}`);
      this.#changed();
    }
  }

  #look(file: string): void {
    if (!this.#isSource(file)) return;
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      if (this.#watchers.has(file)) return;
      this.#watch(file);
    } else if (stats === undefined) {
      this.#watchers.get(file)?.close();
      this.#watchers.delete(file);
      this.#digests.delete(file);
    } else {
      const digest = digestOf(file);
      if (this.#digests.get(file) === digest) return;
      this.#digests.set(file, digest);
    }
    this.#changed();
  }

  #isSource(file: string): boolean {
    const name = path.relative(this.#root, file).replaceAll(path.sep, '/');
    return file !== this.#data && !NOT_SOURCE.test(name);
  }
}

async function reload(
  { packageDirectory, model, packageAgain, readModel, replaceFunction, say }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const folder = path.join(packageDirectory, `reload-${Date.now()}`);
  try {
    await packageAgain(folder, signal);
    const packaged = readModel(folder);
    if (!isDeepStrictEqual(declared(packaged), declared(model)))
      say('The manifest has changed: restart to run it');
    for (const running of model.functions) {
      const zipPath = packaged.functions.find(({ name }) => name === running.name)?.zipPath;
      if (zipPath === undefined || digestOf(zipPath) === digestOf(running.zipPath)) continue;
      renameSync(zipPath, running.zipPath);
      await replaceFunction(running);
      say(`Reloaded ${running.key}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/** All but the code, which is elsewhere after each packaging, and what is only told. */
const declared = ({ notRun: _told, functions, ...others }: ServiceModel) => ({
  ...others,
  functions: functions.map(({ zipPath: _elsewhere, ...settings }) => settings),
});
