import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { publishReport, readResults } from './resultFiles.ts';
import { exitStatus } from './running/exitStatus.ts';
import type { Settings } from './running/settings.ts';
import type { Talk } from './running/talk.ts';

/** `--report FILE`: draws the report beside the file, or into `--out`; the exit status is that of its run. */
export async function drawOnly(
  file: string,
  { compare, out, json }: Settings,
  talk: Talk,
): Promise<number> {
  const results = await readResults(file);
  const older = compare === undefined ? null : await readResults(compare);
  const folder = resolve(out ?? (file.endsWith('.json') ? dirname(file) : file));
  mkdirSync(folder, { recursive: true });
  await publishReport(results, { folder, older, json, talk });
  return exitStatus(results);
}
