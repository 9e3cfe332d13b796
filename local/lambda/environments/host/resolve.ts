import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { currentEnvironment } from './currentEnvironment.ts';

type ImportResolver = (specifier: string, parentUrl: string) => string;

/** The runtime brings the SDK along: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html */
const IN_RUNTIME = /^@(aws-sdk|smithy)\//;
const resolved = new Map<string, string>();
const moduleTypes = new Map<string, string | undefined>();
let runtimeFolders: string[] = [fileURLToPath(import.meta.url)];
let importResolver: ImportResolver | undefined;

/** Node's resolution for `import` is to be had from a module only, and takes a parent by a flag of this thread. */
export async function prepareResolution(serviceDirectory: string | undefined): Promise<void> {
  if (serviceDirectory !== undefined)
    runtimeFolders = [path.join(serviceDirectory, 'package.json'), ...runtimeFolders];
  if (importResolver) return;
  const source = 'data:text/javascript,export const { resolve } = import.meta';
  importResolver = ((await import(source)) as { resolve: ImportResolver }).resolve;
}

/** The file that `require(specifier)` means when `parent` asks for it; a built-in module stays as it is. */
export const resolveRequired = (specifier: string, parent: string): string =>
  resolve('require', specifier, parent, (from) => createRequire(from).resolve(specifier));

/** The URL that `import` means, whether a file is there or not; a built-in module stays as it is. */
export const urlOfImport = (specifier: string, parent: string): string =>
  resolve('import', specifier, parent, (from) => {
    const parentUrl =
      from.includes('://') || from.startsWith('data:') ? from : String(pathToFileURL(from));
    return (importResolver as ImportResolver)(specifier, parentUrl);
  });

export function resolveImported(specifier: string, parent: string): string {
  const url = urlOfImport(specifier, parent);
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url)))
    throw notFound(specifier, url, parent);
  return url;
}

function notFound(specifier: string, url: string, parent: string): Error {
  const error = new Error(`Cannot find module '${fileURLToPath(url)}' imported from ${parent}`);
  return Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND', url, specifier });
}

function resolve(
  kind: string,
  specifier: string,
  parent: string,
  find: (from: string) => string,
): string {
  if (isBuiltin(specifier)) return specifier;
  const key = `${kind}\0${path.dirname(parent)}\0${specifier}`;
  let place = resolved.get(key);
  if (place === undefined) {
    place = currentEnvironment.exit(() => inRuntime(specifier, [parent, ...runtimeFolders], find));
    resolved.set(key, place);
  }
  return place;
}

function inRuntime(specifier: string, places: string[], find: (from: string) => string): string {
  const [from = '', ...others] = places;
  try {
    return find(from);
  } catch (error) {
    if (others.length === 0 || !IN_RUNTIME.test(specifier)) throw error;
    try {
      return inRuntime(specifier, others, find);
    } catch {
      const [scope, name] = specifier.split('/');
      const hint = `Lambda's runtime brings it along, this machine does not: npm install --save-dev ${scope}/${name}`;
      throw Object.assign(error as Error, { message: `${(error as Error).message}\n${hint}` });
    }
  }
}

/** Whether Node would load the file as an ES module; undefined where only its code says so. */
export function isEsModule(file: string): boolean | undefined {
  const extension = path.extname(file);
  if (extension !== '.js') return extension === '.mjs';
  const type = moduleType(path.dirname(file));
  return type === undefined ? undefined : type === 'module';
}

function moduleType(folder: string): string | undefined {
  if (moduleTypes.has(folder)) return moduleTypes.get(folder);
  const manifest = path.join(folder, 'package.json');
  const parent = path.dirname(folder);
  const type = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')).type as string | undefined)
    : parent === folder
      ? undefined
      : moduleType(parent);
  moduleTypes.set(folder, type);
  return type;
}

/** The file of `functions/x.handler` under the task root, in the runtime's order of extensions. */
export function handlerFile(taskRoot: string, modulePath: string): string | undefined {
  return ['', '.js', '.mjs', '.cjs']
    .map((extension) => path.join(taskRoot, modulePath + extension))
    .find((file) => path.extname(file) !== '' && existsSync(file));
}
