import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A change to the text of one file of the service. */
export interface Patch {
  file: string;
  find: string;
  replace: string;
}

/** Fails when a patch does not fit the source any more: a mutant that is not one would prove nothing. */
export function checkPatches(root: string, patches: Patch[]): void {
  for (const { file, find } of patches) {
    const count = readFileSync(path.join(root, file), 'utf8').split(find).length - 1;
    if (count !== 1) throw new Error(`${file} has ${count} places that read: ${find}`);
  }
}

/** Applies a patch below `root`, and gives what puts the file back. */
export function applyPatch(root: string, { file, find, replace }: Patch): () => void {
  const target = path.join(root, file);
  const before = readFileSync(target, 'utf8');
  writeFileSync(
    target,
    before.replace(find, () => replace),
  );
  return () => writeFileSync(target, before);
}
