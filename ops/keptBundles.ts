import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';
import { parseJson } from '../common/json.ts';

interface Bundling {
  rebuild: () => Promise<BuildResult>;
  dispose: () => Promise<void>;
}

/** What serverless-esbuild asks of esbuild. */
export interface Bundler {
  context: (options: BuildOptions) => Promise<Bundling>;
}

/** What bundling read and wrote, each file by its path from the service's folder. */
interface Kept {
  /** The hash of each file's content. */
  inputs: Record<string, string>;
  /** In base64. */
  outputs: Record<string, string>;
}

/** They decide how others are read, and are in no list of what was bundled. */
const DECIDING = [
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'esbuild.plugins.js'],
  'node_modules/.package-lock.json',
];

/** A file's time is that of the system's last tick, at the slowest. */
const TICK_MS = 20;

/**
 * Keeps in `folder` what esbuild bundled for the service in `serviceFolder`, and writes it again for as long as every
 * file that went into it holds what it held. A bundle with warnings is made anew each time, so that they are read.
 */
export function keepBundles(esbuild: Bundler, serviceFolder: string, folder: string): Bundler {
  const at = (file: string) => path.resolve(serviceFolder, file);
  const hashes = new Map<string, string>();
  const hashOf = (file: string) => {
    const known = hashes.get(file) ?? hash(read(at(file)) ?? '');
    hashes.set(file, known);
    return known;
  };

  const fileOf = ({ plugins = [], ...options }: BuildOptions) => {
    const names = plugins.map(({ name }) => name);
    return path.join(folder, `${hash(JSON.stringify([options, names]))}.json`);
  };

  function writeAgain(file: string): boolean {
    const { inputs, outputs } = (parseJson(read(file)?.toString() ?? '') ?? {}) as Partial<Kept>;
    if (!inputs || !outputs) return false;
    if (Object.entries(inputs).some(([name, content]) => hashOf(name) !== content)) return false;
    for (const [name, content] of Object.entries(outputs)) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), Buffer.from(content, 'base64'));
    }
    return true;
  }

  function keep(file: string, { inputs, outputs }: Metafile, startedAt: number): void {
    // What a plugin made is in no file: it follows from the plugins, which are among the deciding files.
    const files = [...DECIDING, ...Object.keys(inputs).filter((name) => existsSync(at(name)))];
    // A file that was changed meanwhile may have been read before that.
    if (files.some((name) => changedAt(at(name)) >= startedAt - TICK_MS)) return;
    const kept: Kept = {
      inputs: Object.fromEntries(files.map((name) => [name, hashOf(name)])),
      outputs: Object.fromEntries(
        Object.keys(outputs).map((name) => [name, readFileSync(at(name), 'base64')]),
      ),
    };
    mkdirSync(folder, { recursive: true });
    const written = `${file}.${randomUUID()}`;
    writeFileSync(written, JSON.stringify(kept));
    renameSync(written, file);
  }

  async function context(options: BuildOptions): Promise<Bundling> {
    const file = fileOf(options);
    if (writeAgain(file)) return { rebuild: async () => NOTHING_TO_SAY, dispose: async () => {} };
    const { rebuild, dispose } = await esbuild.context({ ...options, metafile: true });
    return {
      dispose,
      rebuild: async () => {
        const startedAt = Date.now();
        // What was read before may be older than what is read now.
        hashes.clear();
        const result = await rebuild();
        if (result.metafile && result.warnings.length === 0) keep(file, result.metafile, startedAt);
        return result;
      },
    };
  }

  return { ...esbuild, context };
}

const NOTHING_TO_SAY: BuildResult = {
  ...{ errors: [], warnings: [], mangleCache: undefined },
  ...{ metafile: undefined, outputFiles: undefined },
};

const hash = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
