import { createHash } from 'node:crypto';
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';

const END_OF_DIRECTORY = 'PK\x05\x06';

const isFolder = (place: string): boolean => statSync(place).isDirectory();

/** As Lambda tells it of a zip; of a folder it is that of its files and their names. */
export function packageDigest(zipPath: string): { sha256: string; bytes: number } {
  const files = isFolder(zipPath)
    ? Object.entries(readPackage(zipPath, () => true))
    : [['', readFileSync(zipPath)] as const];
  const hash = createHash('sha256');
  for (const [name, content] of files) hash.update(name).update(content);
  const bytes = files.reduce((sum, [, content]) => sum + content.length, 0);
  return { sha256: hash.digest('base64'), bytes };
}

/** The files of a deployment package, a zip or a folder, whose names are wanted. */
export function readPackage(
  zipPath: string,
  isWanted: (name: string) => boolean,
): Record<string, Uint8Array> {
  if (!isFolder(zipPath))
    return unzipSync(readFileSync(zipPath), { filter: ({ name }) => isWanted(name) });
  const names = globSync('**/*', { cwd: zipPath }).filter(
    (name) => isWanted(name) && !isFolder(path.join(zipPath, name)),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(zipPath, name))]));
}

/** Unpacks a deployment package, so that the function's code can also read files of its own. */
export function unpackZip(zipPath: string, folder: string): void {
  if (isFolder(zipPath)) {
    cpSync(realpathSync(zipPath), folder, { recursive: true, verbatimSymlinks: true });
    return;
  }
  const zip = readFileSync(zipPath);
  const files = unzipSync(zip);
  const modes = fileModes(zip);
  for (const [name, content] of Object.entries(files)) {
    const target = path.join(folder, name);
    if (!target.startsWith(folder + path.sep))
      throw new Error(`${zipPath} holds a file outside of its folder: ${name}`);
    if (name.endsWith('/')) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: modes.get(name) ?? 0o644 });
  }
}

/** Of each file, as the zip's directory has it (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12). */
function fileModes(zip: Buffer): Map<string, number> {
  const modes = new Map<string, number>();
  const end = zip.lastIndexOf(END_OF_DIRECTORY);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const file = zip.toString('utf8', at + 46, at + 46 + Number(name));
    const mode = (zip.readUInt32LE(at + 38) >>> 16) & 0o777;
    if (mode !== 0) modes.set(file, mode);
    at += 46 + Number(name) + Number(extra) + Number(comment);
  }
  return modes;
}
