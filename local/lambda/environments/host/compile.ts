import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { currentEnvironment } from './currentEnvironment.ts';

type Evaluate = (...values: unknown[]) => void;

interface Compiled {
  evaluate: Evaluate;
  /** Names of the sandbox that the module takes as parameters. */
  names: string[];
}

const ALREADY_DECLARED = /^Identifier '(.+)' has already been declared$/;

/**
 * Compiles with the sandbox's names in scope, less those that the code declares itself: `const fetch = require(...)`
 * at the top of a module is fine in Node, so it is here.
 */
export function withoutDeclaredNames<T>(names: string[], compile: (names: string[]) => T): T {
  try {
    return compile(names);
  } catch (error) {
    const declared = error instanceof SyntaxError && ALREADY_DECLARED.exec(error.message)?.[1];
    if (!declared || !names.includes(declared)) throw error;
    return withoutDeclaredNames(
      names.filter((name) => name !== declared),
      compile,
    );
  }
}

const MODULE_NAMES = ['exports', 'require', 'module', '__filename', '__dirname'];
const compiledFiles = new Map<string, Compiled>();

/** Compiles a CommonJS file once for the thread; each environment evaluates it for itself. */
export function compileCommonJs(file: string, sandboxNames: string[]): Compiled {
  let compiled = compiledFiles.get(file);
  if (!compiled) {
    const source = readFileSync(file, 'utf8').replace(/^#!.*/, '');
    compiled = withoutDeclaredNames(sandboxNames, (names) => ({
      names,
      evaluate: vm.compileFunction(source, [...MODULE_NAMES, ...names], {
        filename: file,
        importModuleDynamically: (specifier: string) => importFromCommonJs(specifier, file),
      }) as Evaluate,
    }));
    compiledFiles.set(file, compiled);
  }
  return compiled;
}

async function importFromCommonJs(specifier: string, file: string): Promise<vm.Module> {
  const environment = currentEnvironment.getStore();
  if (!environment) throw new Error(`import('${specifier}') outside of an execution environment`);
  return environment.importModule(specifier, file);
}
