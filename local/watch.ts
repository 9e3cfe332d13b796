import { createHash } from 'node:crypto';
import { readFileSync, watch as watchFiles } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FunctionModel, ServiceModel } from './template/model.ts';

/** A save touches several files; they are packaged together. */
const SETTLE_MS = 150;
const SOURCE = /\.(ts|js|mjs|cjs|json|ya?ml)$/;
const NOT_SOURCE = /(^|\/)(node_modules|\.[^/]+|test|coverage)(\/|$)|\.test\.ts$/;

export interface WatchOptions {
  serviceDirectory: string;
  packageDirectory: string;
  /** What runs. */
  model: ServiceModel;
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
  readModel: (folder: string) => ServiceModel;
  replaceFunction: (model: FunctionModel) => Promise<void>;
  say: (text: string) => void;
}

export const zipDigest = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

export interface SourceWatch {
  stop: (graceMs: number) => Promise<void>;
}

/** Packages again when a source changes, and replaces the functions whose zip is another one. */
export function watchSources(options: WatchOptions): SourceWatch {
  const digests = new Map(
    options.model.functions.map(({ key, zipPath }) => [key, zipDigest(zipPath)]),
  );
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const watcher = watchFiles(options.serviceDirectory, { recursive: true }, (_event, file) => {
    if (file === null || !SOURCE.test(file) || NOT_SOURCE.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running
        .then(() => reload(options, digests, stopped.signal))
        .catch((error) => {
          if (!stopped.signal.aborted)
            options.say(`The change was not taken over: ${error.message}`);
        });
    }, SETTLE_MS);
  });
  watcher.on('error', (error) => options.say(`A folder is no longer watched: ${error.message}`));
  return {
    stop: async (graceMs) => {
      stopped.abort();
      clearTimeout(timer);
      watcher.close();
      // A function that is being replaced may wait as long as its old code runs.
      await Promise.race([running, sleep(graceMs, undefined, { ref: false })]);
    },
  };
}

async function reload(
  { packageDirectory, model, packageAgain, readModel, replaceFunction, say }: WatchOptions,
  digests: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const folder = path.join(packageDirectory, `reload-${Date.now()}`);
  await packageAgain(folder, signal);
  const changed = readModel(folder);
  if (!isDeepStrictEqual(declared(changed), declared(model)))
    say('The manifest declares something else now: start again to run that');
  for (const running of model.functions) {
    const zipPath = changed.functions.find(({ name }) => name === running.name)?.zipPath;
    if (zipPath === undefined) continue;
    const digest = zipDigest(zipPath);
    if (digests.get(running.key) === digest) continue;
    await replaceFunction({ ...running, zipPath });
    digests.set(running.key, digest);
    say(`Reloaded ${running.key}`);
  }
}

/** All but the code, which is elsewhere after each packaging, and what is only told. */
const declared = ({ notRun: _told, functions, ...others }: ServiceModel) => ({
  ...others,
  functions: functions.map(({ zipPath: _elsewhere, ...settings }) => settings),
});
