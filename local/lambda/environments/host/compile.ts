import { readFileSync } from 'node:fs';
import type { Module } from 'node:module';
import process from 'node:process';
import vm from 'node:vm';
import { currentEnvironment } from './currentEnvironment.ts';

type Evaluate = (...values: unknown[]) => void;
type Compilable = Module & { _compile(source: string, file: string): void };

const MODULE_NAMES = ['exports', 'require', 'module', '__filename', '__dirname'];
const compiledFiles = new Map<string, Evaluate>();

/** Whether some code of this thread writes to a prototype of the language, which its environments share. */
export const shared = { isWritten: false };
const NAMES =
  'Array|BigInt|Boolean|Date|Error|Function|Map|Number|Object|Promise|RegExp|Set|String|Symbol';
const WRITES = new RegExp(
  `\\b(?:${NAMES})\\.prototype(?:\\.[\\w$]+|\\[[^\\]\\n]+\\])\\s*=(?![=>])|` +
    `\\b(?:assign|define(?:Property|Properties))\\(\\s*(?:${NAMES})\\.prototype\\b`,
);

export function sourceOf(file: string): string {
  const source = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .replace(/^#!.*/, '');
  shared.isWritten ||= WRITES.test(source);
  return useLocalEndpoint(source);
}

/**
 * The SQS client sends to the host of a queue's URL, even where `AWS_ENDPOINT_URL_SQS` is set: a URL that somebody wrote
 * out would lead to AWS. Nothing but the client's own code can say otherwise.
 * https://github.com/aws/aws-sdk-js-v3/blob/main/packages/middleware-sdk-sqs/src/queue-url.ts
 */
const useLocalEndpoint = (source: string): string =>
  source.includes('useQueueUrlAsEndpoint')
    ? source.replace(/(useQueueUrlAsEndpoint\s*\?\?\s*)(true|!0)/g, '$1false')
    : source;

/** Compiles a CommonJS file once for the thread; each environment evaluates it for itself. */
export function evaluateCommonJs(module: Module, require: NodeJS.Require, folder: string): void {
  const file = module.filename;
  // Only Node's own way to compile looks for a source map.
  if (process.sourceMapsEnabled) {
    (module as Compilable)._compile(sourceOf(file), file);
    return;
  }
  let evaluate = compiledFiles.get(file);
  if (!evaluate) {
    evaluate = vm.compileFunction(sourceOf(file), MODULE_NAMES, {
      filename: file,
      importModuleDynamically: ((specifier: string, _of: unknown, { type }: { type?: string }) =>
        importFromCommonJs(specifier, file, type)) as never,
    }) as Evaluate;
    compiledFiles.set(file, evaluate);
  }
  evaluate.call(module.exports, module.exports, require, module, file, folder);
}

async function importFromCommonJs(
  specifier: string,
  file: string,
  type: string | undefined,
): Promise<vm.Module> {
  const environment = currentEnvironment.getStore();
  if (!environment) throw new Error(`import('${specifier}') outside of an execution environment`);
  return environment.importModule(specifier, file, type);
}
