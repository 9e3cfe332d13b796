import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';

/** The runtime brings the SDK along: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html */
const IN_RUNTIME = /^@(aws-sdk|smithy)\//;
const runtimeRequire = createRequire(import.meta.url);
const resolved = new Map<string, string>();
const moduleTypes = new Map<string, boolean>();

/** The file a specifier means when `parent` asks for it; a built-in module stays as it is. */
export function resolveModule(specifier: string, parent: string): string {
  if (isBuiltin(specifier)) return specifier;
  const key = `${path.dirname(parent)}\0${specifier}`;
  let file = resolved.get(key);
  if (file === undefined) {
    file = resolveFile(specifier, parent);
    resolved.set(key, file);
  }
  return file;
}

function resolveFile(specifier: string, parent: string): string {
  const wanted = specifier.startsWith('file:') ? new URL(specifier).pathname : specifier;
  try {
    return createRequire(parent).resolve(wanted);
  } catch (error) {
    if (IN_RUNTIME.test(specifier)) return runtimeRequire.resolve(specifier);
    throw error;
  }
}

/** Whether Node would load the file as an ES module. */
export function isEsModule(file: string): boolean {
  const extension = path.extname(file);
  if (extension !== '.js') return extension === '.mjs';
  return hasModuleType(path.dirname(file));
}

function hasModuleType(folder: string): boolean {
  const known = moduleTypes.get(folder);
  if (known !== undefined) return known;
  const manifest = path.join(folder, 'package.json');
  const parent = path.dirname(folder);
  const isModule = existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
    : parent !== folder && hasModuleType(parent);
  moduleTypes.set(folder, isModule);
  return isModule;
}

/** The file of `functions/x.handler` under the task root, in the runtime's order of extensions. */
export function handlerFile(taskRoot: string, modulePath: string): string | undefined {
  return ['', '.js', '.mjs', '.cjs']
    .map((extension) => path.join(taskRoot, modulePath + extension))
    .find((file) => path.extname(file) !== '' && existsSync(file));
}
