import { readFileSync, writeFileSync } from 'node:fs';

const PRELOAD = new URL('./startMoments.ts', import.meta.url).href;

/** The environment of a service that tells into a file what it starts. */
export function tellingMoments(file: string): Record<string, string> {
  writeFileSync(file, '');
  return {
    NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=ExperimentalWarning`,
    MOMENTS_FILE: file,
  };
}

/** When each of its parts and threads began, milliseconds since 1970, in the order of time. */
export function readMoments(file: string): [atMs: number, name: string][] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}
