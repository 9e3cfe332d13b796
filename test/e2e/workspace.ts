import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const LINKED = [
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
  folder: string;
  /** For what the framework leaves in the system's temporary folder. */
  temporary: string;
  remove(): void;
}

/** A folder to package and deploy from: what the framework writes there disturbs nobody and goes with it. */
export function createWorkspace(): Workspace {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-deploy-'));
  for (const name of LINKED) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  copyFileSync(path.join(ROOT, 'serverless.yml'), path.join(folder, 'serverless.yml'));
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary);
  return { folder, temporary, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
