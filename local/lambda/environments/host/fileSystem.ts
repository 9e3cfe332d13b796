import fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { currentEnvironment } from './currentEnvironment.ts';

type Native = (...args: unknown[]) => unknown;
type Request = { oncomplete?: (error: Error | null, ...values: unknown[]) => void };

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, W_OK } = fs.constants;
const WRITING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/** Node's own functions behind `fs`, with the places of paths that are read, and of those that are written. */
const READING: Record<string, number[]> = Object.fromEntries(
  'existsSync stat lstat statfs readdir readlink realpath readFileUtf8'
    .split(' ')
    .map((name) => [name, [0]]),
);
const CHANGING: Record<string, { reads?: number[]; writes: number[] }> = {
  ...Object.fromEntries(
    'rmdir rmSync mkdir unlink writeFileUtf8 chmod chown lchown utimes lutimes mkdtemp'
      .split(' ')
      .map((name) => [name, { writes: [0] }]),
  ),
  rename: { writes: [0, 1] },
  link: { writes: [0, 1] },
  symlink: { reads: [0], writes: [1] },
  copyFile: { reads: [0], writes: [1] },
  cpSyncCheckPaths: { reads: [0], writes: [1] },
  cpSyncOverrideFile: { reads: [0], writes: [1] },
  cpSyncCopyDir: { reads: [0], writes: [1] },
};
/** What fails with ENOENT before anybody asks whether it may be changed. */
const NEEDS_ITS_FILE = /^(rmdir|rmSync|unlink|rename|link|chmod|l?chown|l?utimes)$/;

let root = '';

/**
 * Gives environments the files of Lambda: relative paths lead into the package, nothing can be written but `/tmp`, and
 * that is each environment's own. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function separateFiles(taskRoot: string): void {
  root = taskRoot;
  process.cwd = () => currentEnvironment.getStore()?.workingDirectory ?? taskRoot;
  Object.defineProperty(process, 'env', {
    get: () => currentEnvironment.getStore()?.variables ?? {},
    configurable: true,
  });
  const { binding } = process as unknown as { binding(name: string): Record<string, Native> };
  const natives = binding('fs');
  for (const [name, reads] of Object.entries(READING)) follow(natives, name, () => ({ reads }));
  for (const [name, places] of Object.entries(CHANGING)) follow(natives, name, () => places);
  for (const name of ['open', 'openFileHandle'])
    follow(natives, name, (flags) => place(Number(flags) & WRITING));
  follow(natives, 'access', (mode) => place(Number(mode) & W_OK));
  // Its native part is out of reach.
  for (const holder of [fs, fs.promises] as unknown as Record<string, Native>[])
    for (const name of ['opendir', 'opendirSync']) {
      const open = holder[name];
      if (open) holder[name] = (folder, ...rest) => open(realPath(String(folder)), ...rest);
    }
}

const place = (isWritten: number) => (isWritten ? { writes: [0] } : { reads: [0] });

function follow(
  natives: Record<string, Native>,
  name: string,
  placesFor: (second: unknown) => { reads?: number[]; writes?: number[] },
): void {
  const native = natives[name];
  if (!native) return;
  natives[name] = (...args) => {
    const environment = currentEnvironment.getStore();
    if (!environment) return native(...args);
    const { reads = [], writes = [] } = placesFor(args[1]);
    const given = [...reads, ...writes].find((index) => isPath(args[index]));
    for (const index of [...reads, ...writes])
      if (isPath(args[index])) args[index] = realPath(String(args[index]));
    const locked = writes.find(
      (index) => isPath(args[index]) && isLocked(name, String(args[index])),
    );
    if (locked !== undefined) return fail(natives, args, readOnlyFault(name, String(args[locked])));
    return given === undefined ? native(...args) : answer(natives, args, () => native(...args));
  };
}

const isPath = (value: unknown): boolean =>
  typeof value === 'string' || value instanceof Uint8Array;

/** The file on this machine that a path means to the code that runs now. */
export function realPath(given: string): string {
  const environment = currentEnvironment.getStore();
  if (!environment) return given;
  const absolute = path.resolve(environment.workingDirectory, given);
  // What a trailing slash means (a folder, or a prefix for mkdtemp) stays.
  const whole = given.endsWith('/') && absolute !== '/' ? `${absolute}/` : absolute;
  if (isWithin(whole, root) || (root.startsWith(`${whole}/`) && whole !== '/tmp')) return whole;
  if (isWithin(whole, environment.temporaryFolder)) return whole;
  if (isWithin(whole, '/tmp') && isOfMachine(whole)) return whole;
  const [from, to] = places().find(([folder]) => isWithin(whole, folder)) ?? ['', () => ''];
  return to() + whole.slice(from.length);
}

/**
 * Folders that the machine has in `/tmp`, and files that appeared there since the environment started: those may be of
 * native code, which knows nothing of the environment's own.
 */
function isOfMachine(file: string): boolean {
  const environment = currentEnvironment.getStore();
  const [, name] = /^\/tmp\/([^/]+)/.exec(file) ?? [];
  if (!environment || name === undefined) return false;
  return outside(() => {
    if (fs.existsSync(path.join(environment.temporaryFolder, name))) return false;
    const ofMachine = fs.statSync(`/tmp/${name}`, { throwIfNoEntry: false });
    return ofMachine?.isDirectory() || Number(ofMachine?.birthtimeMs) >= environment.startedAt;
  });
}

const isWithin = (file: string, folder: string): boolean =>
  file === folder || file.startsWith(`${folder}/`);

/** Where the folders of Lambda are on this machine. */
const places = (): [string, () => string][] => [
  ['/tmp', madeTemporaryFolder],
  ['/var/task', () => root],
  ['/var/lang/bin', () => path.dirname(process.execPath)],
];

/** For what is handed to child processes: the places of Lambda within a text. */
export function realText(text: string): string {
  if (!currentEnvironment.getStore()) return text;
  return places().reduce(
    (replaced, [from, to]) =>
      replaced.replace(new RegExp(`(?<![\\w./-])${from}(?![\\w.-])`, 'g'), () => to()),
    text,
  );
}

function isLocked(name: string, file: string): boolean {
  const temporary = currentEnvironment.getStore()?.temporaryFolder ?? '/tmp';
  if (isWithin(file, temporary) || /^\/(dev|proc|tmp)\//.test(file)) return isWithin(file, root);
  const exists = outside(() => fs.existsSync(file));
  return name === 'mkdir' ? !exists : exists || !NEEDS_ITS_FILE.test(name);
}

function madeTemporaryFolder(): string {
  const folder = currentEnvironment.getStore()?.temporaryFolder ?? '/tmp';
  outside(() => fs.mkdirSync(folder, { recursive: true }));
  return folder;
}

const outside = <T>(act: () => T): T => currentEnvironment.exit(act);

function readOnlyFault(name: string, file: string): Error {
  const syscall = /^(openFileHandle|writeFileUtf8)$/.test(name) ? 'open' : name.replace('Sync', '');
  const error = new Error(`EROFS: read-only file system, ${syscall} '${shownPath(file)}'`);
  return Object.assign(error, {
    errno: -constants.errno.EROFS,
    code: 'EROFS',
    syscall,
    path: shownPath(file),
  });
}

/** A path of this machine as the function knows it. */
function shownPath(file: string): string {
  const temporary = currentEnvironment.getStore()?.temporaryFolder ?? '/tmp';
  return isWithin(file, temporary) ? `/tmp${file.slice(temporary.length)}` : file;
}

const shown = (value: unknown): unknown => (typeof value === 'string' ? shownPath(value) : value);

function shownError<T>(error: T): T {
  if (!(error instanceof Error)) return error;
  for (const key of ['path', 'dest'] as const) {
    const file = (error as { path?: unknown; dest?: unknown })[key];
    if (typeof file !== 'string' || shownPath(file) === file) continue;
    error.message = error.message.replaceAll(file, shownPath(file));
    Object.assign(error, { [key]: shownPath(file) });
  }
  return error;
}

/** Node's functions answer at once, by a promise, or by the request object that came with the call. */
function answer(natives: Record<string, unknown>, args: unknown[], call: () => unknown): unknown {
  const request = args.find((arg): arg is Request => isRequest(natives, arg));
  if (request?.oncomplete) {
    const { oncomplete } = request;
    request.oncomplete = function complete(error, ...values) {
      oncomplete.call(this, shownError(error), ...values.map(shown));
    };
  }
  try {
    const result = call();
    if (!(result instanceof Promise)) return shown(result);
    return result.then(shown, (error) => Promise.reject(shownError(error)));
  } catch (error) {
    throw shownError(error);
  }
}

function fail(natives: Record<string, unknown>, args: unknown[], error: Error): unknown {
  if (args.includes(natives.kUsePromises)) return Promise.reject(error);
  const request = args.find((arg): arg is Request => isRequest(natives, arg));
  if (!request) throw error;
  process.nextTick(() => request.oncomplete?.(error));
  return undefined;
}

const isRequest = ({ FSReqCallback }: Record<string, unknown>, value: unknown): boolean =>
  value instanceof (FSReqCallback as new () => object);
