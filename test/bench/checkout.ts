import { existsSync } from 'node:fs';
import path from 'node:path';

/** Of `--against`: another checkout of this project, with its packages. */
export function checkoutOf(folder: string): string {
  const root = path.resolve(folder);
  if (existsSync(path.join(root, 'node_modules'))) return root;
  throw new Error(`--against: must be a checkout of this project with its packages, got ${folder}`);
}
