import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { buildSync } from 'esbuild';

const ENTRY = fileURLToPath(new URL('./host/host.ts', import.meta.url));
let script: string | undefined;

/** The host's code as one script: a thread that takes the types out by itself costs 11 MB and 50 ms more. */
export function hostScript(): string {
  script ??= buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // The script runs from memory, and what it looks up beside itself is beside its source.
    define: {
      'import.meta.url': JSON.stringify(pathToFileURL(ENTRY).href),
      INTRINSICS: JSON.stringify(intrinsics()),
    },
  }).outputFiles[0]?.text;
  if (script === undefined) throw new Error(`${ENTRY} cannot be bundled`);
  return script;
}

/** V8 has a console too, which Node replaces. */
const intrinsics = (): string[] =>
  (vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]).filter(
    (name) => name !== 'console',
  );
