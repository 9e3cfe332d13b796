import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { type BuildOptions, build, buildSync, type OutputFile } from 'esbuild';

const ENTRY = fileURLToPath(new URL('./host/host.ts', import.meta.url));
let script: string | undefined;

/** Builds the script while other things are waited for; the first thread builds it else. */
export async function buildHostScript(): Promise<void> {
  script ??= textOf(await build(options()));
}

/** The host's code as one script: a thread that takes the types out by itself costs 11 MB and 50 ms more. */
export function hostScript(): string {
  script ??= textOf(buildSync(options()));
  return script;
}

const options = () =>
  ({
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
  }) satisfies BuildOptions;

function textOf({ outputFiles }: { outputFiles: OutputFile[] }): string {
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${ENTRY} cannot be bundled`);
  return file.text;
}

/** V8 has a console too, which Node replaces. */
const intrinsics = (): string[] =>
  (vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]).filter(
    (name) => name !== 'console',
  );
