import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BuildOptions, context } from 'esbuild';
import { keepBundles } from './keptBundles.ts';

const ENTRY = 'pay.ts';
const BUNDLE = path.join('built', 'pay.js');

describe('A bundle that is kept', () => {
  let folder: string;
  let bundled: number;
  const kept = () => path.join(folder, 'kept');
  const write = (file: string, text: string, changedAt = new Date('2026-01-01')) => {
    const at = path.join(folder, file);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, text);
    utimesSync(at, changedAt, changedAt);
  };
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kept-bundles-'));
    bundled = 0;
    write(ENTRY, "import { price } from './price.ts'; import 'dep'; console.log(price);");
    write('price.ts', 'export const price = 1;');
    write('node_modules/dep/index.js', 'console.log("dep");');
    write('package-lock.json', '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a process that starts: nothing is known but what is in files. */
  async function bundle(change: Partial<BuildOptions> = {}): Promise<void> {
    rmSync(path.join(folder, 'built'), { recursive: true, force: true });
    const counting = {
      context: (options: BuildOptions) => {
        bundled += 1;
        return context({ ...options, absWorkingDir: folder, logLevel: 'silent' });
      },
    };
    const options = { entryPoints: [ENTRY], outdir: 'built', bundle: true, ...change };
    const { rebuild, dispose } = await keepBundles(counting, folder, kept()).context(options);
    await rebuild().finally(dispose);
  }

  it('is written again, byte for byte, while nothing has changed', async () => {
    await bundle();
    const first = read(BUNDLE);

    await bundle();

    expect(read(BUNDLE)).toBe(first);
    expect(bundled).toBe(1);
  });

  it.each([
    ['a source', 'price.ts', 'export const price = 2;'],
    ['what a package holds', 'node_modules/dep/index.js', 'console.log("other");'],
    ['the lock file', 'package-lock.json', '{ "lockfileVersion": 3 }'],
    ['the packages that are installed', 'node_modules/.package-lock.json', '{}'],
    ['the settings of TypeScript', 'tsconfig.json', '{ "compilerOptions": {} }'],
    ['the plugins', 'esbuild.plugins.js', 'export default () => [];'],
  ])('is made anew once %s has changed', async (_, file, text) => {
    await bundle();

    write(file, text);
    await bundle();
    await bundle();

    expect(bundled).toBe(2);
  });

  it('is one for each set of options, and of plugins', async () => {
    const plugins = [{ name: 'other', setup: () => {} }];

    for (const change of [{}, { minify: true }, { plugins }, { minify: true }, { plugins }, {}])
      await bundle(change);

    expect(bundled).toBe(3);
  });

  it('is made anew where a file went away', async () => {
    await bundle();
    rmSync(path.join(folder, 'price.ts'));

    await expect(bundle()).rejects.toThrow('Could not resolve "./price.ts"');
  });

  it('is not kept where a source was changed while it was made', async () => {
    const plugin = {
      name: 'slow',
      setup: ({ onEnd }: { onEnd: (end: () => void) => void }) =>
        onEnd(() => write('price.ts', 'export const price = 3;', new Date())),
    };

    await bundle({ plugins: [plugin] });

    expect(readdirSync(folder)).not.toContain('kept');
  });

  it('is not kept where there is a warning to read', async () => {
    write('price.ts', 'export const price = 1; if (price === -0) console.log(price);');

    await bundle();

    expect(readdirSync(folder)).not.toContain('kept');
  });

  it('is made anew where what was kept is damaged', async () => {
    await bundle();
    const [file = ''] = readdirSync(kept());
    writeFileSync(path.join(kept(), file), '{"inputs":');

    await bundle();

    expect(bundled).toBe(2);
    expect(read(BUNDLE)).toContain('price');
  });
});
