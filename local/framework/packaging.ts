import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../common/usageError.ts';

export const PACKAGING_LIMIT_MS = 60_000;
/** Set for a packaging in another process, which asks nothing of AWS either. */
export const PACKAGING_FOR_LOCAL = 'SLS_LOCAL_PACKAGING';
/** Flags of the framework that decide what a package holds. */
const PACKAGE_FLAGS = ['region', 'config', 'param', 'aws-profile'];

/** Those of `sls local` that `sls package` has to be given too: `--param way=direct`. */
export function packageFlags(stage: string, flags: Record<string, unknown>): string[] {
  const given = PACKAGE_FLAGS.flatMap((name) =>
    [flags[name] ?? []].flat().map((value) => `--${name}=${value}`),
  );
  return [`--stage=${stage}`, ...given];
}

/** Zips that were built before: the framework uploads them from where they are, and none of them in S3. */
export function addArtifacts(serviceDirectory: string, artifacts: string[], folder: string): void {
  for (const artifact of artifacts) {
    const file = path.resolve(serviceDirectory, artifact);
    const place = path.join(folder, path.basename(file));
    if (existsSync(place) || artifact.startsWith('s3:')) continue;
    if (!existsSync(file)) throw new UsageError(`package.artifact: there is no file ${file}`);
    copyFileSync(file, place);
  }
}

/** Another start on the framework's folder would overwrite what is there, so it is copied. */
export function copyPackage(serviceDirectory: string, artifacts: string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'package-'));
  cpSync(path.join(serviceDirectory, '.serverless'), folder, { recursive: true });
  addArtifacts(serviceDirectory, artifacts, folder);
  return folder;
}

/** Packages in a process of its own, with the framework that runs this one. Throws what it said. */
export async function packageAgain(
  serviceDirectory: string,
  flags: string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const [, framework = 'node_modules/.bin/sls'] = process.argv;
  try {
    await promisify(execFile)(
      process.execPath,
      [framework, 'package', `--package=${folder}`, ...flags],
      {
        cwd: serviceDirectory,
        timeout: PACKAGING_LIMIT_MS,
        signal,
        env: { ...process.env, [PACKAGING_FOR_LOCAL]: 'true' },
      },
    );
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message: string };
    throw new Error(stdout?.trim() || message);
  }
}
