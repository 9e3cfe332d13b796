import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PACKAGING_LIMIT_MS = 60_000;
/** Flags of the framework that decide what a package holds. */
const PACKAGE_FLAGS = ['region', 'config', 'param', 'aws-profile'];

/** Those of `sls local` that `sls package` has to be given too: `--param way=direct`. */
export function packageFlags(stage: string, flags: Record<string, unknown>): string[] {
  const given = PACKAGE_FLAGS.flatMap((name) =>
    [flags[name] ?? []].flat().map((value) => `--${name}=${value}`),
  );
  return [`--stage=${stage}`, ...given];
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
      { cwd: serviceDirectory, timeout: PACKAGING_LIMIT_MS, signal },
    );
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message: string };
    throw new Error(stdout?.trim() || message);
  }
}
