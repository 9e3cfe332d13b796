import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPatches, type Patch, SHORT_SWEEPS, SHORT_VISIBILITY } from './patches.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COPIED = [
  'functions',
  'lib',
  'ops',
  'package.json',
  'tsconfig.json',
  'serverless.yml',
  'esbuild.plugins.js',
];
const LINKED = ['local', 'node_modules'];

export interface Workspace {
  folder: string;
  remove: () => void;
}

/** A patched copy of this service, from which `sls local` runs it; the sources themselves stay as they are. */
export function createWorkspace(patches: Patch[]): Workspace {
  const all = [...patches, ...SHORT_VISIBILITY, ...SHORT_SWEEPS];
  checkPatches(ROOT, all);
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-faults-'));
  for (const name of COPIED)
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  cpSync(
    path.join(import.meta.dirname, 'faultPoint.ts'),
    path.join(folder, 'lib/domain/faultPoint.ts'),
  );
  for (const patch of all) apply(path.join(folder, patch.file), patch);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function apply(file: string, { find, replace }: Patch): void {
  const text = readFileSync(file, 'utf8').replace(find, () => replace);
  const isAsking = replace.includes('faultPoint(') && !text.includes("from './faultPoint.ts'");
  writeFileSync(file, isAsking ? `import { faultPoint } from './faultPoint.ts';\n${text}` : text);
}
