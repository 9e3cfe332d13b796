import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { FunctionModel } from '../../template/model.ts';

const folders = new Set<string>();

/** Files of a deployment package by name; text alone is the file `index.js`. */
export type Code = string | Record<string, string>;

/** A function with the code in a real zip. */
export function functionModel(code: Code, changes: Partial<FunctionModel> = {}): FunctionModel {
  const name = changes.name ?? 'shop-test-work';
  return {
    logicalId: 'WorkLambdaFunction',
    key: name.split('-').at(-1) ?? name,
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    zipPath: zipFile(code),
    timeoutSeconds: 3,
    memoryMb: 256,
    logging: { isJson: false, applicationLevel: 'INFO', systemLevel: 'INFO' },
    environment: {},
    reservedConcurrency: undefined,
    deadLetterArn: undefined,
    ...changes,
  };
}

function zipFile(code: Code): string {
  const files = typeof code === 'string' ? { 'index.js': code } : code;
  const folder = mkdtempSync(path.join(tmpdir(), 'lambda-test-'));
  folders.add(folder);
  const file = path.join(folder, 'function.zip');
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)]);
  writeFileSync(file, zipSync(Object.fromEntries(entries)));
  return file;
}

/** For `afterAll`. */
export function removeZips(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}
