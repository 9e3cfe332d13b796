import { readFileSync } from 'node:fs';
import NodeModule, { createRequire, isBuiltin, Module } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { parse as parseExports } from 'cjs-module-lexer';
import { evaluateCommonJs, sourceOf } from './compile.ts';
import { isEsModule, resolveImported, resolveRequired, urlOfImport } from './resolve.ts';
import type { Sandbox } from './sandbox.ts';

/** What Node documents of a module, and what libraries use besides. */
interface CommonJsModule extends Module {
  paths: string[];
}
const internals = NodeModule as unknown as {
  _nodeModulePaths(folder: string): string[];
  _resolveLookupPaths(specifier: string, module: Module): string[] | null;
  _extensions: Record<string, (module: Module, file: string) => void>;
};
const OWN_EXTENSIONS = new Set(Object.keys(internals._extensions));
const ES_SYNTAX =
  /^(Cannot use import statement outside|Unexpected token 'export'|Cannot use 'import\.meta')/;

/** Lets `module.require` of an environment's module lead to its loader, also where a library has wrapped it. */
export function separateModules(): void {
  const { require } = Module.prototype;
  Module.prototype.require = Object.assign(function required(this: Module, specifier: string) {
    const loader = ModuleLoader.ofModule.get(this);
    return loader ? loader.requireFrom(specifier, this) : require.call(this, specifier);
  });
}

/** The modules of one execution environment: code is shared with the thread's other environments, state is not. */
export class ModuleLoader {
  static readonly ofModule = new WeakMap<Module, ModuleLoader>();
  readonly #sandbox: Sandbox;
  readonly #cache: Record<string, CommonJsModule> = Object.create(null);
  readonly #esModules = new Map<string, vm.Module>();
  readonly #linked = new Set<vm.Module>();
  readonly #evaluations = new Set<Promise<unknown>>();
  readonly #builtins: vm.SyntheticModule[] = [];
  #ofModule: object | undefined;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Loads a file as Node would: CommonJS or ES module. */
  async load(file: string): Promise<Record<string, unknown>> {
    if (!isEsModule(file)) return this.#require(file) as Record<string, unknown>;
    const module = await this.importModule(String(pathToFileURL(file)), file);
    return module.namespace as Record<string, unknown>;
  }

  /** `import(specifier)` as the file `parent` says it. */
  async importModule(specifier: string, parent: string, type?: string): Promise<vm.Module> {
    const module = this.#linkedModule(resolveImported(specifier, parent), type);
    // Imported again by what its own evaluation runs: it is there when that has come to its end.
    if (module.status === 'evaluating') await Promise.all(this.#evaluations);
    const evaluation = module.evaluate();
    this.#evaluations.add(evaluation);
    await evaluation.finally(() => this.#evaluations.delete(evaluation));
    return module;
  }

  requireFrom(specifier: string, parent: Module): unknown {
    return this.#require(resolveRequired(specifier, parent.filename), parent);
  }

  #require(file: string, parent?: Module): unknown {
    if (isBuiltin(file)) return this.#builtin(file);
    const known = this.#cache[file];
    if (known) return known.exports;
    if (isEsModule(file)) return this.#requireEsModule(file);
    const module = this.#newModule(file, parent);
    this.#cache[file] = module;
    let isLoaded = false;
    try {
      this.#evaluate(module);
      module.loaded = true;
      isLoaded = true;
    } catch (error) {
      if (!(error instanceof SyntaxError && ES_SYNTAX.test(error.message))) throw error;
      if (isEsModule(file) === false) throw error;
    } finally {
      if (!isLoaded) delete this.#cache[file];
    }
    return isLoaded ? module.exports : this.#requireEsModule(file);
  }

  #newModule(file: string, parent?: Module): CommonJsModule {
    const module = new Module(file, parent) as CommonJsModule;
    module.filename = file;
    module.paths = internals._nodeModulePaths(path.dirname(file));
    ModuleLoader.ofModule.set(module, this);
    return module;
  }

  #evaluate(module: CommonJsModule): void {
    const file = module.filename;
    const extension = path.extname(file);
    const read = OWN_EXTENSIONS.has(extension) ? undefined : internals._extensions[extension];
    if (read) read(module, file);
    else if (extension === '.json') module.exports = JSON.parse(readFileSync(file, 'utf8'));
    else if (extension === '.node') module.exports = createRequire(file)(file);
    else evaluateCommonJs(module, this.#requireFor(module), path.dirname(file));
  }

  #requireFor(module: Module): NodeJS.Require {
    const resolve = (specifier: string, options?: { paths?: string[] | undefined }) =>
      options?.paths
        ? createRequire(module.filename).resolve(specifier, { paths: options.paths })
        : resolveRequired(specifier, module.filename);
    const paths = (specifier: string) => internals._resolveLookupPaths(specifier, module);
    const require = (specifier: string): unknown => module.require(specifier);
    return Object.assign(require, {
      resolve: Object.assign(resolve, { paths }),
      cache: this.#cache,
      // The bootstrap of Lambda's runtime is an ES module.
      main: undefined,
      extensions: internals._extensions as NodeJS.RequireExtensions,
    });
  }

  #builtin(name: string): unknown {
    if (name.replace(/^node:/, '') !== 'module') return this.#sandbox.builtin(name);
    this.#ofModule ??= this.#moduleOfModules();
    return this.#ofModule;
  }

  /** `node:module`, with what it makes and changes kept to this environment. */
  #moduleOfModules(): object {
    const from = (parent: string | URL) => {
      const url = String(parent);
      return this.#requireFor(this.#newModule(url.startsWith('file:') ? fileURLToPath(url) : url));
    };
    return Object.create(NodeModule, {
      createRequire: { value: from, enumerable: true },
      _cache: { value: this.#cache },
      syncBuiltinESMExports: { value: () => this.#builtins.forEach(setExports), enumerable: true },
    });
  }

  /** https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require */
  #requireEsModule(file: string): unknown {
    const module = this.#linkedModule(String(pathToFileURL(file)));
    if (module instanceof vm.SourceTextModule && module.hasAsyncGraph()) {
      const message = `require() cannot be used on an ESM graph with top-level await: ${file}`;
      throw Object.assign(new Error(message), { code: 'ERR_REQUIRE_ASYNC_MODULE' });
    }
    if (module.status !== 'evaluating') module.evaluate().catch(() => undefined);
    if (module.status === 'errored') throw module.error;
    const exports = module.namespace as Record<string, unknown>;
    if ('module.exports' in exports) return exports['module.exports'];
    if (!('default' in exports) || '__esModule' in exports) return exports;
    const names = Object.keys(exports);
    const getters = names.map((name) => [name, { get: () => exports[name], enumerable: true }]);
    return Object.create(null, { ...Object.fromEntries(getters), __esModule: { value: true } });
  }

  /** At once, as `require` of an ES module needs it. */
  #linkedModule(url: string, type?: string): vm.Module {
    const module = this.#esModule(url, type);
    this.#link(module);
    if (module instanceof vm.SourceTextModule && module.status === 'unlinked') module.instantiate();
    else if (module.status === 'unlinked') void module.link(() => module);
    return module;
  }

  #link(module: vm.Module): void {
    if (!(module instanceof vm.SourceTextModule) || this.#linked.has(module)) return;
    this.#linked.add(module);
    const requests = module.moduleRequests.map(({ specifier, attributes }) =>
      this.#esModule(resolveImported(specifier, module.identifier), attributes.type),
    );
    module.linkRequests(requests);
    for (const request of requests) this.#link(request);
  }

  #esModule(url: string, type?: string): vm.Module {
    if (url.endsWith('.json') && type !== 'json') {
      const message = `Module "${url}" needs an import attribute of "type: json"`;
      throw Object.assign(new TypeError(message), { code: 'ERR_IMPORT_ATTRIBUTE_MISSING' });
    }
    const known = this.#esModules.get(url);
    if (known) return known;
    const module = this.#newEsModule(url);
    this.#esModules.set(url, module);
    return module;
  }

  #newEsModule(url: string): vm.Module {
    if (isBuiltin(url)) {
      const module = synthetic(url, this.#builtin(url) as object);
      this.#builtins.push(module);
      return module;
    }
    if (url.startsWith('data:')) return this.#sourceModule(url, dataOf(url));
    const file = fileURLToPath(url);
    if (file.endsWith('.json')) return synthetic(url, this.#require(file) as object, []);
    if (isEsModule(file) ?? isEsSource(file)) return this.#sourceModule(url, sourceOf(file));
    return synthetic(url, this.#require(file) as object, ['module.exports', ...exportNames(file)]);
  }

  #sourceModule(url: string, source: string): vm.Module {
    const isFile = url.startsWith('file:');
    const place = isFile
      ? { filename: fileURLToPath(url), dirname: path.dirname(fileURLToPath(url)) }
      : {};
    const resolve = (specifier: string) => urlOfImport(specifier, url);
    return new vm.SourceTextModule(source, {
      identifier: url,
      initializeImportMeta: (meta) => Object.assign(meta, { ...place, url, resolve, main: false }),
      importModuleDynamically: ((
        specifier: string,
        _module: unknown,
        { type }: { type?: string },
      ) => this.importModule(specifier, url, type)) as never,
    });
  }
}

/** A module that is none of ES as one imports it: itself as the default, and its properties by name. */
function synthetic(url: string, exports: object, known = namesOf(exports)): vm.SyntheticModule {
  const names = [...new Set(['default', ...known])];
  const module = new vm.SyntheticModule(names, () => setExports(module), { identifier: url });
  exportsOf.set(module, { exports, names });
  return module;
}

const WHOLE = ['default', 'module.exports'];
const exportsOf = new WeakMap<vm.SyntheticModule, { exports: object; names: string[] }>();

function setExports(module: vm.SyntheticModule): void {
  const { exports, names = [] } = exportsOf.get(module) ?? {};
  for (const name of names)
    module.setExport(name, WHOLE.includes(name) ? exports : Reflect.get(exports as object, name));
}

/** Those of the prototypes too: an environment's `process` inherits most of its own from the thread's. */
function namesOf(exports: object): string[] {
  const names: string[] = [];
  for (const name in exports) names.push(name);
  return names;
}

/** Node reads the names off the code: `import { x }` of one that it does not find is an error. */
function exportNames(file: string, seen = new Set<string>()): string[] {
  if (isBuiltin(file) || !/\.c?js$/.test(file) || seen.has(file)) return [];
  seen.add(file);
  const { exports, reexports } = parseExports(sourceOf(file));
  const others = reexports.flatMap((specifier) =>
    exportNames(resolveRequired(specifier, file), seen),
  );
  return [...exports, ...others].filter((name) => name !== 'default');
}

function isEsSource(file: string): boolean {
  try {
    vm.compileFunction(sourceOf(file), ['exports', 'require', 'module', '__filename', '__dirname']);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && ES_SYNTAX.test(error.message);
  }
}

function dataOf(url: string): string {
  const [, encoding, text = ''] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
  return encoding ? Buffer.from(text, 'base64').toString() : decodeURIComponent(text);
}
