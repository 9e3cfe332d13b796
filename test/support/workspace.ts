import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const SERVICE = [
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

/**
 * A copy of the service: what the framework writes disturbs nobody and goes with it. The manifest, and what is named, is
 * copied so that it can be changed; all else leads to the sources themselves.
 */
export function createWorkspace(copied: string[] = [], root = ROOT): Workspace {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'flash-sale-copy-')));
  const folder = path.join(base, 'service');
  const temporary = path.join(base, 'tmp');
  mkdirSync(temporary);
  for (const name of ['serverless.yml', ...copied])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  // An earlier commit has not all of them.
  const linked = SERVICE.filter(
    (name) => !copied.includes(name) && existsSync(path.join(root, name)),
  );
  for (const name of linked) symlinkSync(path.join(root, name), path.join(folder, name));
  const remove = () => rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  return { folder, temporary, remove };
}
