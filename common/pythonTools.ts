import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const LEAST_PYTHON = [3, 10] as const;
const root = resolve(import.meta.dirname, '..');

export interface PythonTools {
  folder: string;
  /** The path of a command that the requirements install, such as `locust`. */
  command(name: string): string;
  /** The installed version of a package. */
  version(name: string): string;
}

export interface PythonToolsOptions {
  /** Names the folder below `.venv/`. */
  name: string;
  /** A requirements file with every version pinned, from the project's root. */
  requirements: string;
  onProgress?: (text: string) => void;
}

/** Makes `.venv/NAME` from a pinned requirements file where it is missing or was made from another one. */
export async function pythonTools({
  name,
  requirements,
  onProgress = () => {},
}: PythonToolsOptions): Promise<PythonTools> {
  const folder = join(root, '.venv', name);
  const stampFile = join(folder, 'made-from');
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const requirementsFile = join(root, requirements);
  const stamp = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex');
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    const python = findPython();
    onProgress(`Installing ${requirements} into .venv/${name} (once)`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await run(
      python,
      ['-m', 'venv', folder],
      'Python cannot make a virtual environment (on Debian: apt-get install python3-venv)',
    );
    const install = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '-r',
      requirementsFile,
    ];
    await run(join(bin, 'python'), install, `pip cannot install ${requirements}`);
    writeFileSync(stampFile, stamp);
  }
  return {
    folder,
    command: (command) => join(bin, command),
    version: (name) => installedVersion(folder, name),
  };
}

function installedVersion(folder: string, name: string): string {
  const [metadata = ''] = globSync(`**/site-packages/${name}-*.dist-info`, { cwd: folder });
  return /-([^-]+)\.dist-info$/.exec(metadata)?.[1] ?? 'unknown';
}

function findPython(): string {
  const found = ['python3', 'python'].find((command) => {
    const answer = spawnSync(command, [
      '-c',
      'import sys; print(sys.version_info[0], sys.version_info[1])',
    ]);
    const [major = 0, minor = 0] = String(answer.stdout).trim().split(' ').map(Number);
    return answer.status === 0 && major === LEAST_PYTHON[0] && minor >= LEAST_PYTHON[1];
  });
  if (found) return found;
  throw new Error(
    `This needs Python ${LEAST_PYTHON.join('.')} or newer as python3 on the PATH (https://www.python.org/downloads/)`,
  );
}

function run(command: string, args: string[], fault: string): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.on('error', reject);
  child.on('close', (status) =>
    status === 0 ? done() : reject(new Error(`${fault}:\n${errors.trim().slice(-2000)}`)),
  );
  return promise;
}
