import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { SEAMS_FOLDER, type Seams } from './seams.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COPIED = ['functions', 'lib', 'ops', 'package.json', 'tsconfig.json', SEAMS_FOLDER];
const LINKED = ['common', 'console', 'contracts', 'local', 'node_modules'];

/** Redelivery within seconds, and a worker that is given up in time for it, or AWS refuses the pair. */
const SHORT_VISIBILITY: [path: (string | number)[], seconds: number][] = [
  [['resources', 1, 'Resources', 'OrderQueue', 'Properties', 'VisibilityTimeout'], 4],
  [['functions', 'queueWorker', 'timeout'], 4],
];

export interface Workspace {
  folder: string;
  remove: () => void;
}

/** A copy of this service with the seams in place, from which `sls local` runs it; the sources stay as they are. */
export function createWorkspace(seams: Seams): Workspace {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'flash-sale-faults-')));
  for (const name of COPIED)
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  writeFileSync(
    path.join(folder, 'serverless.yml'),
    shortened(readFileSync(path.join(ROOT, 'serverless.yml'), 'utf8')),
  );
  writeFileSync(path.join(folder, 'esbuild.plugins.js'), pluginsOf(folder, seams));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function shortened(manifest: string): string {
  const document = parseDocument(manifest, { logLevel: 'error' });
  for (const [place, seconds] of SHORT_VISIBILITY) {
    if (!document.hasIn(place)) throw new Error(`the manifest has no ${place.join('.')}`);
    document.setIn(place, seconds);
  }
  return document.toString();
}

const pluginsOf = (folder: string, seams: Seams): string => `
import plugins from ${JSON.stringify(path.join(ROOT, 'esbuild.plugins.js'))};
import { seamPlugin } from ${JSON.stringify(path.join(ROOT, 'test/faults/seams.ts'))};
export default () => [seamPlugin(${JSON.stringify(folder)}, ${JSON.stringify(seams)}), ...plugins()];
`;
