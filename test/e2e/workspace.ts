import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const LINKED = [
  'common',
  'console',
  'contracts',
  'functions',
  'lib',
  'local',
  'ops',
  'node_modules',
  'package.json',
  'tsconfig.json',
  'esbuild.plugins.js',
];

export interface Workspace {
  /** To run the framework in. */
  folder: string;
  /** For what the framework leaves in the system's temporary folder. */
  temporary: string;
  remove(): void;
}

/** A copy of the service to package and deploy from: what the framework writes disturbs nobody and goes with it. */
export function createWorkspace(root = ROOT): Workspace {
  const base = mkdtempSync(path.join(tmpdir(), 'flash-sale-deploy-'));
  const folder = path.join(base, 'service');
  const temporary = path.join(base, 'tmp');
  mkdirSync(folder);
  mkdirSync(temporary);
  // An earlier commit has not all of them.
  for (const name of LINKED.filter((name) => existsSync(path.join(root, name))))
    symlinkSync(path.join(root, name), path.join(folder, name));
  copyFileSync(path.join(root, 'serverless.yml'), path.join(folder, 'serverless.yml'));
  return {
    folder,
    temporary,
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Adds a plugin of the framework to the copy of the manifest. */
export function addPlugin({ folder }: Workspace, file: string): void {
  const manifest = path.join(folder, 'serverless.yml');
  const name = path.basename(file);
  symlinkSync(file, path.join(folder, name));
  const text = readFileSync(manifest, 'utf8');
  const extended = text.replace(/^plugins:\n/m, `plugins:\n  - ./${name}\n`);
  if (extended === text) throw new Error('serverless.yml has no list of plugins');
  writeFileSync(manifest, extended);
}
