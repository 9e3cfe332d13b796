import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { watch } from 'chokidar';
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
  /** Ends the watch, also while it looks at everything for the first time. */
  stopped: AbortSignal;
  /** What runs. */
  model: ServiceModel;
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
  readModel: (folder: string) => ServiceModel;
  replaceFunction: (model: FunctionModel) => Promise<void>;
  say: (text: string) => void;
}

export interface SourceWatch {
  /** Once it is `stopped`. */
  stop: (graceMs: number) => Promise<void>;
}

/** Packages again when a source changes, one packaging at a time, and replaces the functions whose zip is another one. */
export async function watchSources(options: WatchOptions): Promise<SourceWatch> {
  const { stopped } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let settleMs = SETTLE_MS;
  const reloadNow = async () => {
    settleMs = SETTLE_MS;
    try {
      await reload(options, stopped);
    } catch (error) {
      if (!stopped.aborted)
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
  const stopWatching = await onSourceChange(options, changed);
  return {
    stop: async (graceMs) => {
      clearTimeout(timer);
      await stopWatching();
      // A function that is being replaced may wait as long as its old code runs.
      await Promise.race([running, sleep(graceMs, undefined, { ref: false })]);
    },
  };
}

/** Watches all that may be a source; returns how to stop that. */
async function onSourceChange(
  { serviceDirectory, dataDirectory, stopped, say }: WatchOptions,
  changed: () => void,
): Promise<() => Promise<void>> {
  const data = dataDirectory && path.resolve(dataDirectory);
  const ignored = (file: string) =>
    file === data ||
    NOT_SOURCE.test(path.relative(serviceDirectory, file).replaceAll(path.sep, '/'));
  const watcher = watch(serviceDirectory, { ignored, ignoreInitial: true });
  /** What was read at the last change, so that a packaging that writes the same file again is none. */
  const digests = new Map<string, string>();
  watcher.on('all', (event, file) => {
    const digest = event === 'add' || event === 'change' ? digestIfThere(file) : event;
    if (digests.get(file) === digest) return;
    digests.set(file, digest);
    changed();
  });
  watcher.on('error', (error) => say(`Sources cannot be watched: ${(error as Error).message}`));
  const close = () => watcher.close();
  await once(watcher, 'ready', { signal: stopped }).catch(async (error) => {
    await close();
    throw error;
  });
  return close;
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

/** A file may go while it is looked at. */
function digestIfThere(file: string): string {
  try {
    return digestOf(file);
  } catch {
    return 'gone';
  }
}

const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/** All but the code, which is elsewhere after each packaging, and what is only told. */
const declared = ({ notRun: _told, functions, ...others }: ServiceModel) => ({
  ...others,
  functions: functions.map(({ zipPath: _elsewhere, ...settings }) => settings),
});
