import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { exitStatus } from '../running/exitStatus.ts';
import type { Progress } from '../running/progress.ts';
import type { SaleOptions } from '../running/saleOptions.ts';
import { publishReport, readResults } from './resultFiles.ts';

/** `--report FILE`: draws the report beside the file, or into `--out`; the exit status is that of its run. */
export async function drawAgain(
  file: string,
  { compare, out, json }: SaleOptions,
  progress: Progress,
): Promise<number> {
  const results = await readResults(file);
  const older = compare === undefined ? null : await readResults(compare);
  const folder = resolve(out ?? (file.endsWith('.json') ? dirname(file) : file));
  mkdirSync(folder, { recursive: true });
  await publishReport(results, { folder, older, json, progress });
  return exitStatus(results);
}
