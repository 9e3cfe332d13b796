import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { createWorkspace, ROOT, type Workspace } from '../support/workspace.ts';
import { SEAMS_FOLDER, type Seams } from './seams.ts';

const PACKAGING = 'esbuild.plugins.js';
const CHANGED = [
  'functions',
  'lib',
  'ops',
  'package.json',
  'tsconfig.json',
  SEAMS_FOLDER,
  PACKAGING,
];

/** Redelivery within seconds, and a worker that is given up in time for it, or AWS refuses the pair. */
const SHORT_SECONDS = 4;

/** A copy of this service with the seams in place, from which `sls local` runs it; the sources stay as they are. */
export function serviceWithSeams(seams: Seams): Workspace {
  const workspace = createWorkspace(CHANGED);
  const manifest = path.join(workspace.folder, 'serverless.yml');
  writeFileSync(manifest, shortened(readFileSync(manifest, 'utf8')));
  writeFileSync(path.join(workspace.folder, PACKAGING), pluginsOf(workspace.folder, seams));
  return workspace;
}

export function shortened(manifest: string): string {
  const document = parseDocument(manifest, { logLevel: 'error' });
  for (const place of [
    visibilityTimeoutOf('OrderQueue', document),
    ['functions', 'queueWorker', 'timeout'],
  ]) {
    if (!document.hasIn(place)) throw new Error(`the manifest has no ${place.join('.')}`);
    document.setIn(place, SHORT_SECONDS);
  }
  return document.toString();
}

function visibilityTimeoutOf(queue: string, document: Document): (string | number)[] {
  const parts = document
    .toJS()
    .resources.map((part: { Resources?: object }) => part.Resources ?? {});
  const holder = parts.findIndex((resources: object) => queue in resources);
  return ['resources', holder, 'Resources', queue, 'Properties', 'VisibilityTimeout'];
}

const pluginsOf = (folder: string, seams: Seams): string => `
import plugins from ${JSON.stringify(path.join(ROOT, PACKAGING))};
import { seamPlugin } from ${JSON.stringify(path.join(ROOT, 'test/faults/seams.ts'))};
export default () => [seamPlugin(${JSON.stringify(folder)}, ${JSON.stringify(seams)}), ...plugins()];
`;
