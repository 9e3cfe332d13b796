import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../../common/json.ts';
import { makeFolder } from '../folders.ts';

/** What the framework holds a manifest against. It takes `"10"` where a number is expected, and puts 10 in its place. */
export interface ManifestSchema {
  schema: object;
  /** Throws where the manifest is not valid. */
  validateConfig: (manifest: object) => Promise<void>;
}

type Place = (string | number)[];

interface Passed {
  key: string;
  replaced: [Place, unknown][];
}

/**
 * Has a manifest checked once. The framework compiles 8 MB of checks for each start, a fifth of the time until orders
 * are taken; a manifest that has passed them passes them again, under the same schema and the same `version`. What does
 * not pass is checked, and told, each time.
 */
export function checkManifestOnce(checks: ManifestSchema, version: string, file: string): void {
  const validate = checks.validateConfig.bind(checks);
  checks.validateConfig = async (manifest) => {
    const before = textOf(manifest);
    const schema = textOf(checks.schema);
    if (before === undefined || schema === undefined) return validate(manifest);
    const key = createHash('sha256')
      .update(JSON.stringify([version, schema, before]))
      .digest('hex');
    const passed = read(file);
    if (passed?.key === key) return replace(manifest, passed.replaced);
    await validate(manifest);
    makeFolder(path.dirname(file));
    const replaced = differences(JSON.parse(before), manifest);
    writeFileSync(file, JSON.stringify({ key, replaced } satisfies Passed));
  };
}

/** A manifest in JavaScript may hold itself. */
function textOf(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function read(file: string): Passed | undefined {
  try {
    return parseJson(readFileSync(file, 'utf8')) as Passed | undefined;
  } catch {
    return undefined;
  }
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function differences(before: unknown, after: unknown, place: Place = []): Passed['replaced'] {
  if (!isTree(before) || !isTree(after)) return before === after ? [] : [[place, after]];
  return Object.keys(before).flatMap((name) =>
    differences(before[name], after[name], [...place, name]),
  );
}

function replace(manifest: object, replaced: Passed['replaced']): void {
  for (const [place, value] of replaced) {
    const holder = place
      .slice(0, -1)
      .reduce<unknown>((tree, name) => (isTree(tree) ? tree[name] : undefined), manifest);
    const [name] = place.slice(-1);
    if (isTree(holder) && name !== undefined) holder[name] = value;
  }
}
