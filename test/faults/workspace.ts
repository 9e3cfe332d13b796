import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkPatches, type Patch } from './patches.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COPIED = ['functions', 'lib', 'ops', 'package.json', 'tsconfig.json', 'serverless.yml'];
const LINKED = ['local', 'node_modules'];

/** A copy of this service, from which `sls local` runs it with patches; the sources themselves stay as they are. */
export function createWorkspace(patches: Patch[]): { folder: string; remove: () => void } {
  checkPatches(ROOT, patches);
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-faults-'));
  for (const name of COPIED)
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  writeFileSync(path.join(folder, 'esbuild.plugins.js'), pluginSource(patches));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const pluginSource = (patches: Patch[]): string => `
import plugins from '${pathToFileURL(path.join(ROOT, 'esbuild.plugins.js')).href}';
import { patching } from '${pathToFileURL(path.join(import.meta.dirname, 'patching.ts')).href}';
export default () => [patching(${JSON.stringify(patches)}), ...plugins()];
`;
