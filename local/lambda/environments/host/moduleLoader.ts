import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { compileCommonJs, withoutDeclaredNames } from './compile.ts';
import { isEsModule, resolveModule } from './resolve.ts';
import type { Sandbox } from './sandbox.ts';

interface LoadedModule {
  id: string;
  filename: string;
  exports: unknown;
  loaded: boolean;
}

/** The modules of one execution environment: code is shared with the thread's other environments, state is not. */
export class ModuleLoader {
  readonly #sandbox: Sandbox;
  readonly #names: string[];
  readonly #commonJs = new Map<string, LoadedModule>();
  readonly #esModules = new Map<string, vm.Module>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#names = Object.keys(sandbox.globals);
  }

  /** Loads a file as Node would: CommonJS or ES module. */
  async load(file: string): Promise<Record<string, unknown>> {
    if (!isEsModule(file)) return this.#require(file) as Record<string, unknown>;
    const module = await this.importModule(file, file);
    return module.namespace as Record<string, unknown>;
  }

  /** `import(specifier)` as the file `parent` says it. */
  async importModule(specifier: string, parent: string): Promise<vm.Module> {
    const module = this.#esModule(resolveModule(specifier, parent));
    if (module.status === 'unlinked')
      await module.link((wanted, from) => this.#esModule(resolveModule(wanted, from.identifier)));
    if (module.status === 'linked') await module.evaluate();
    return module;
  }

  #require(file: string): unknown {
    if (isBuiltin(file)) return this.#builtin(file);
    const known = this.#commonJs.get(file);
    if (known) return known.exports;
    const module: LoadedModule = { id: file, filename: file, exports: {}, loaded: false };
    this.#commonJs.set(file, module);
    try {
      this.#evaluate(module);
    } catch (error) {
      this.#commonJs.delete(file);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  }

  #evaluate(module: LoadedModule): void {
    const file = module.filename;
    if (file.endsWith('.json')) {
      module.exports = JSON.parse(readFileSync(file, 'utf8'));
    } else if (file.endsWith('.node')) {
      module.exports = createRequire(file)(file);
    } else {
      const { evaluate, names } = compileCommonJs(file, this.#names);
      const values = names.map((name) => this.#sandbox.globals[name]);
      const require = this.#requireFor(file);
      evaluate.call(
        module.exports,
        module.exports,
        require,
        module,
        file,
        path.dirname(file),
        ...values,
      );
    }
  }

  #requireFor(file: string) {
    const require = (specifier: string) => this.#require(resolveModule(specifier, file));
    return Object.assign(require, {
      resolve: (specifier: string) => resolveModule(specifier, file),
    });
  }

  #builtin(name: string): unknown {
    if (name.replace(/^node:/, '') !== 'module') return this.#sandbox.builtin(name);
    const from = (parent: string | URL) => {
      const url = String(parent);
      return this.#requireFor(url.startsWith('file:') ? new URL(url).pathname : url);
    };
    const real = process.getBuiltinModule('node:module');
    return Object.create(real, { createRequire: { value: from, enumerable: true } });
  }

  #esModule(file: string): vm.Module {
    let module = this.#esModules.get(file);
    if (!module) {
      const isSource = !isBuiltin(file) && isEsModule(file);
      module = isSource ? this.#sourceModule(file) : this.#wrapped(file);
      this.#esModules.set(file, module);
    }
    return module;
  }

  #sourceModule(file: string): vm.Module {
    const source = readFileSync(file, 'utf8').replace(/^#!.*/, '');
    return withoutDeclaredNames(this.#names, (names) => {
      // On the first line, so that line numbers in stack traces stay right.
      const scope = `const { ${names.join(', ')} } = import.meta.sandbox; `;
      return new vm.SourceTextModule(scope + source, {
        identifier: file,
        initializeImportMeta: (meta) => {
          const url = pathToFileURL(file).href;
          const values = {
            url,
            filename: file,
            dirname: path.dirname(file),
            sandbox: this.#sandbox.globals,
          };
          Object.assign(meta, values);
        },
        importModuleDynamically: (specifier: string) => this.importModule(specifier, file),
      });
    });
  }

  /** A built-in or CommonJS module as an ES module imports it: its properties by name, and itself as the default. */
  #wrapped(file: string): vm.Module {
    const exports = this.#require(file) as Record<string, unknown>;
    const names = namesOf(exports).filter((name) => name !== 'default');
    return new vm.SyntheticModule(
      ['default', ...names],
      function setExports() {
        this.setExport('default', exports);
        for (const name of names) this.setExport(name, exports[name]);
      },
      { identifier: file },
    );
  }
}

/** Those of the prototypes too: an environment's `process` inherits most of its own from the thread's. */
function namesOf(exports: object): string[] {
  const names: string[] = [];
  for (const name in exports) names.push(name);
  return names;
}
