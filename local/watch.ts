import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, watch as watchFiles } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { FunctionModel } from './template/model.ts';

/** A save touches several files; they are packaged together. */
const SETTLE_MS = 150;
const PACKAGING_LIMIT_MS = 60_000;
const SOURCE = /\.(ts|js|mjs|cjs|json)$/;
const NOT_SOURCE = /(^|\/)(node_modules|\.[^/]+|test|coverage)(\/|$)|\.test\.ts$/;

export interface WatchOptions {
  serviceDirectory: string;
  packageDirectory: string;
  stage: string;
  functions: FunctionModel[];
  replaceFunction: (model: FunctionModel) => Promise<void>;
  say: (text: string) => void;
}

export const zipDigest = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/** Packages again when a source changes, and replaces the functions whose zip is another one. */
export function watchSources(options: WatchOptions): { stop: () => Promise<void> } {
  const digests = new Map(options.functions.map(({ key, zipPath }) => [key, zipDigest(zipPath)]));
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
          if (!stopped.signal.aborted) options.say(String(error.message));
        });
    }, SETTLE_MS);
  });
  return {
    stop: async () => {
      stopped.abort();
      clearTimeout(timer);
      watcher.close();
      await running;
    },
  };
}

async function reload(
  options: WatchOptions,
  digests: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const folder = path.join(options.packageDirectory, `reload-${Date.now()}`);
  await packageAgain(options, folder, signal);
  for (const model of options.functions) {
    const zipPath = path.join(folder, path.basename(model.zipPath));
    const digest = zipDigest(zipPath);
    if (digests.get(model.key) === digest) continue;
    await options.replaceFunction({ ...model, zipPath });
    digests.set(model.key, digest);
    options.say(`Reloaded ${model.key}`);
  }
}

async function packageAgain(
  { serviceDirectory, stage }: WatchOptions,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const command = ['node_modules/.bin/sls', 'package', '--stage', stage, '--package', folder];
  try {
    await promisify(execFile)(process.execPath, command, {
      cwd: serviceDirectory,
      timeout: PACKAGING_LIMIT_MS,
      signal,
    });
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message: string };
    throw new Error(`The change was not taken over: ${stdout?.trim() || message}`);
  }
}
