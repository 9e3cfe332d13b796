import { createRequire } from 'node:module';
import path from 'node:path';
import { readPackage } from '../lambda/environments/taskRoot.ts';
import type { FunctionModel, NotRun } from './model.ts';

/** Only what is loaded: a bundled SDK has its packages' names in texts, too, and tells in brackets how to load some. */
const CLIENT = /(?<!\[)\b(?:require\(|import\(|from|import)\s*["'`](@(?:aws-sdk|smithy)\/[\w.-]+)/g;
const CODE = /\.[cm]?js$/;

/**
 * Clients that code asks for, Lambda's runtime brings along, and neither the package nor this machine has: each would be
 * an error here alone. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 */
export function missingClients(functions: FunctionModel[], serviceDirectory: string): NotRun[] {
  const places = [path.join(serviceDirectory, 'package.json'), import.meta.filename];
  const isHere = (name: string) => places.some((from) => resolves(name, from));
  const zips = new Map(functions.map(({ zipPath, logicalId }) => [zipPath, logicalId]));
  return [...zips].flatMap(([zipPath, logicalId]) =>
    clientsOf(zipPath)
      .filter((name) => !isHere(name))
      .map((name) => ({
        what: `${logicalId}.Code`,
        why: `${name} is in Lambda's runtime and not on this machine: npm install --save-dev ${name}`,
      })),
  );
}

function clientsOf(zipPath: string): string[] {
  const own = new Set<string>();
  const files = readPackage(zipPath, (name) => {
    const [, installed] = /(?:^|\/)node_modules\/(@[^/]+\/[^/]+)\//.exec(name) ?? [];
    if (installed) own.add(installed);
    return CODE.test(name) && !/(?:^|\/)node_modules\//.test(name);
  });
  const asked = Object.values(files).flatMap((content) =>
    Array.from(Buffer.from(content).toString('latin1').matchAll(CLIENT), ([, name = '']) => name),
  );
  return [...new Set(asked)].filter((name) => !own.has(name));
}

function resolves(name: string, from: string): boolean {
  try {
    createRequire(from).resolve(name);
    return true;
  } catch {
    return false;
  }
}
