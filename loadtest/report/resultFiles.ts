import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../common/json.ts';
import { UsageError } from '../../common/usageError.ts';
import { type Results, resultsSchema } from '../../contracts/saleResults.ts';
import { exitStatus } from '../running/exitStatus.ts';
import type { Progress } from '../running/progress.ts';
import type { SaleOptions } from '../running/saleOptions.ts';
import { markdownSummary } from './markdownSummary.ts';
import { renderReport } from './reportPage.ts';
import { saleSlide } from './slide.ts';
import { claimsTable } from './terminalTable.ts';

/** Reads the `results.json` of a run, or of the folder that it wrote. */
export async function readResults(path: string): Promise<Results> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, 'results.json') : path;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  const parsed = resultsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file} is not the results.json of a sale:\n${z.prettifyError(parsed.error)}`,
  );
}

export interface Publishing {
  folder: string;
  older: Results | null;
  json: boolean;
  progress: Progress;
}

/** Writes results.json, and publishes what is drawn from it. */
export async function publishResults(results: Results, publishing: Publishing): Promise<void> {
  const file = join(publishing.folder, 'results.json');
  await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
  await publishReport(results, publishing);
}

/** `--report FILE`: draws the report beside the file, or into `--out`; the exit status is that of its run. */
export async function drawAgain(
  file: string,
  { compare, out, json }: SaleOptions,
  progress: Progress,
): Promise<number> {
  const results = await readResults(file);
  const older = compare === undefined ? null : await readResults(compare);
  const folder = resolve(out ?? (file.endsWith('.json') ? dirname(file) : file));
  await mkdir(folder, { recursive: true });
  await publishReport(results, { folder, older, json, progress });
  return exitStatus(results);
}

/** Writes report.html, summary.md and sale.svg, and prints the table or, asked for, the JSON: all from results alone. */
async function publishReport(
  results: Results,
  { folder, older, json, progress }: Publishing,
): Promise<void> {
  await writeFile(join(folder, 'report.html'), await renderReport(results, older));
  await writeFile(join(folder, 'summary.md'), markdownSummary(results, older));
  await writeFile(join(folder, 'sale.svg'), saleSlide(results));
  progress.status('');
  process.stdout.write(
    json ? `${JSON.stringify(results)}\n` : claimsTable(results, process.stdout),
  );
  if (results.broken)
    progress.line(`The run broke in phase ${results.broken.phase}: ${results.broken.reason}`);
  progress.line(`Report: ${join(folder, 'report.html')}`);
}
