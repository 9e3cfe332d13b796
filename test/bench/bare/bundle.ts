import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { parse } from 'yaml';
import { ROOT } from '../../support/workspace.ts';

const SOURCE = path.join(import.meta.dirname, 'bareIntake.ts');
/** What a first service is built with. */
const USUAL: BuildOptions = { bundle: true, minify: true, target: 'node24', platform: 'node' };

/** The bare handler, bundled as usual, and as this service bundles its own functions. */
export async function bundleBareHandlers(folder: string) {
  mkdirSync(folder, { recursive: true });
  const bundle = async (name: string, options: BuildOptions) => {
    const outfile = path.join(folder, `${name}.cjs`);
    await build({ ...options, entryPoints: [SOURCE], outfile, format: 'cjs' });
    return outfile;
  };
  return {
    usual: await bundle('usual', USUAL),
    asOurs: await bundle('asOurs', await ourSettings()),
  };
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
