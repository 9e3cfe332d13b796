import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { parse } from 'yaml';
import { ROOT } from '../../support/workspace.ts';
import { bareSource } from './source.ts';

/** What a first service is built with. */
const USUAL: BuildOptions = { bundle: true, minify: true, target: 'node24', platform: 'node' };

/** The bare intake, bundled as usual, and as this service bundles its own functions. */
export const bundleBareIntake = (folder: string) =>
  bundle(folder, 'intake', { entryPoints: [path.join(import.meta.dirname, 'bareIntake.ts')] });

/** The same of a handler that makes these calls. */
export const bundleBareCalls = (folder: string, name: string, calls: string[]) =>
  bundle(folder, name, {
    stdin: { contents: bareSource(calls), resolveDir: ROOT, loader: 'ts' },
  });

async function bundle(folder: string, name: string, source: BuildOptions) {
  mkdirSync(folder, { recursive: true });
  const write = async (settings: string, options: BuildOptions) => {
    const outfile = path.join(folder, `${name}.${settings}.cjs`);
    await build({ ...options, ...source, outfile, format: 'cjs' });
    return outfile;
  };
  return {
    usual: await write('usual', USUAL),
    asOurs: await write('asOurs', await ourSettings()),
  };
}

/** Of a function's bundle, the largest first: what each package takes, and the service's own code. */
export async function bytesByPackage(key: string): Promise<[name: string, bytes: number][]> {
  const { metafile } = await build({
    ...(await ourSettings()),
    ...{ entryPoints: [path.join(ROOT, 'functions', `${key}.ts`)], absWorkingDir: ROOT },
    ...{ metafile: true, write: false, outdir: 'out' },
  });
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'own code';
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  return [...bytes].sort(([, a], [, b]) => b - a);
}

async function ourSettings(): Promise<BuildOptions> {
  const text = readFileSync(path.join(ROOT, 'serverless.yml'), 'utf8');
  // Of CloudFormation's own tags, which stand elsewhere in it.
  const manifest = parse(text, { logLevel: 'error' }) as {
    custom: { esbuild: BuildOptions & { exclude: string[]; plugins: string } };
  };
  const { exclude, plugins, ...options } = manifest.custom.esbuild;
  const { default: pluginsOf } = (await import(pathToFileURL(path.join(ROOT, plugins)).href)) as {
    default: () => Plugin[];
  };
  return { ...options, external: exclude, plugins: pluginsOf() };
}
