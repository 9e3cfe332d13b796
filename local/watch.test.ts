import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FSWatcher } from 'chokidar';
import type { FunctionModel, ServiceModel } from './template/model.ts';
import { lambdaFunction, read } from './template/testing/template.ts';
import { watchSources } from './watch.ts';

/** Longer than a change is waited for, to see that none was noticed. */
const SETTLED_MS = 300;

let folder: string;
let said: string[];
let replaced: FunctionModel[];
let onChange: () => void;
let packagings: number;
let packaging: Promise<void> | undefined;
let stopping: AbortController;
let watched: Awaited<ReturnType<typeof watchSources>> | undefined;

/** The zip of each function is what its source says. */
const model = (in_: string, timeout = 3): ServiceModel => {
  const one = lambdaFunction({ FunctionName: 'one', Code: { S3Key: 'one.zip' } });
  const two = lambdaFunction({ FunctionName: 'two', Code: { S3Key: 'two.zip' }, Timeout: timeout });
  const built = read({ One: one, Two: two });
  const functions = built.functions.map((of) => ({
    ...of,
    zipPath: path.join(in_, `${of.name}.zip`),
  }));
  return { ...built, functions };
};

const writeSources = (sources: Record<string, string>, in_ = folder) => {
  mkdirSync(in_, { recursive: true });
  for (const [file, text] of Object.entries(sources)) writeFileSync(path.join(in_, file), text);
};

const changed = () =>
  new Promise<void>((resolve) => {
    onChange = resolve;
  });

async function start(
  packaged: () => Record<string, string>,
  timeout = 3,
  serviceDirectory = folder,
): Promise<void> {
  watched = await watchSources({
    serviceDirectory,
    packageDirectory: path.join(folder, '.package'),
    dataDirectory: path.join(folder, 'data'),
    stopped: stopping.signal,
    model: model(path.join(folder, '.package')),
    packageAgain: async (into) => {
      packagings += 1;
      await packaging;
      writeSources(packaged(), into);
    },
    readModel: (from) => model(from, timeout),
    replaceFunction: async (of) => void replaced.push(of),
    say: (text) => {
      said.push(text);
      onChange();
    },
  });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'watch-'));
  said = [];
  replaced = [];
  packagings = 0;
  packaging = undefined;
  stopping = new AbortController();
  watched = undefined;
  writeSources({ 'one.zip': '1', 'two.zip': '2' }, path.join(folder, '.package'));
});

afterEach(async () => {
  stopping.abort();
  await watched?.stop(1000);
  rmSync(folder, { recursive: true, force: true });
});

describe('Watched sources', () => {
  it('replace the function whose zip is another one, and no other', async () => {
    await start(() => ({ 'one.zip': '1', 'two.zip': 'changed' }));

    const change = changed();
    writeSources({ 'two.ts': 'changed' });
    await change;

    expect(said).toEqual(['Reloaded two']);
    expect(replaced).toMatchObject([{ name: 'two' }]);
    expect(readFileSync(replaced[0]?.zipPath ?? '', 'utf8')).toBe('changed');
  });

  it.each(['page.tsx', 'schema.graphql', 'test/fixture', 'coverage/quote.ts', '.env.local'])(
    'are packaged when %s changes',
    async (file) => {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      await start(() => ({ 'one.zip': 'changed', 'two.zip': '2' }));

      const change = changed();
      writeSources({ [file]: 'changed' });
      await change;

      expect(said).toEqual(['Reloaded one']);
    },
  );

  it('are packaged when a folder is added, and when a file in it changes', async () => {
    let packaged = 'new folder';
    await start(() => ({ 'one.zip': packaged, 'two.zip': '2' }));
    let change = changed();
    writeSources({ 'page.ts': '' }, path.join(folder, 'src', 'pages'));
    await change;

    packaged = 'new text';
    change = changed();
    writeSources({ 'page.ts': 'changed' }, path.join(folder, 'src', 'pages'));
    await change;

    expect(said).toEqual(['Reloaded one', 'Reloaded one']);
  });

  it('are not a folder of others: packages, the repository, data, logs', async () => {
    for (const name of ['node_modules/left-pad', '.git', '.serverless', 'data'])
      mkdirSync(path.join(folder, name), { recursive: true });
    await start(() => ({ 'one.zip': 'changed', 'two.zip': '2' }));

    for (const name of ['node_modules/left-pad', '.git', '.serverless', 'data'])
      writeSources({ 'index.js': 'changed' }, path.join(folder, name));
    writeSources({ 'service.log': 'a line', 'one.ts~': 'a copy' });
    await sleep(SETTLED_MS);

    expect(packagings).toBe(0);
  });

  it('are not packaged when a file is written as it was', async () => {
    await start(() => ({ 'one.zip': 'changed', 'two.zip': '2' }));
    const change = changed();
    writeSources({ 'one.ts': 'changed' });
    await change;

    writeSources({ 'one.ts': 'changed' });
    await sleep(SETTLED_MS);

    expect(packagings).toBe(1);
  });

  it('are packaged at most three times for twenty saves in a row, the last one included', async () => {
    let lastSave = 0;
    let packagedSave = 0;
    await start(() => {
      packagedSave = lastSave;
      return { 'one.zip': `${lastSave}`, 'two.zip': '2' };
    });
    packaging = sleep(500);

    for (lastSave = 1; lastSave < 20; lastSave++) {
      writeSources({ 'one.ts': `${lastSave}` });
      await sleep(60);
    }
    writeSources({ 'one.ts': `${lastSave}` });
    while (packagedSave < lastSave) {
      const change = changed();
      await change;
    }

    expect(packagings).toBeLessThanOrEqual(3);
  });

  it('leave nothing of a packaging behind', async () => {
    await start(() => ({ 'one.zip': 'changed', 'two.zip': '2' }));
    const change = changed();
    writeSources({ 'one.ts': 'changed' });
    await change;

    stopping.abort();
    await watched?.stop(1000);

    expect(readdirSync(path.join(folder, '.package')).sort()).toEqual(['one.zip', 'two.zip']);
  });

  it('say what kept a change from being taken over', async () => {
    await start(() => {
      throw new Error('one.ts:1 has no end');
    });

    const change = changed();
    writeSources({ 'one.ts': '{' });
    await change;

    expect(said).toEqual(['The change was not taken over: one.ts:1 has no end']);
  });

  it('that are looked at for the first time when the service stops keep no watcher', async () => {
    const close = jest.spyOn(FSWatcher.prototype, 'close');
    const starting = start(() => ({}));
    stopping.abort();

    await expect(starting).rejects.toThrow('aborted');
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });

  it('that cannot be watched keep no watcher', async () => {
    const close = jest.spyOn(FSWatcher.prototype, 'close');
    const tooLong = path.join(folder, 'x'.repeat(300));
    onChange = () => {};

    await expect(start(() => ({}), 3, tooLong)).rejects.toThrow('ENAMETOOLONG');
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });

  it('say that a manifest with other settings needs a new start', async () => {
    await start(() => ({ 'one.zip': '1', 'two.zip': '2' }), 10);

    const change = changed();
    writeSources({ 'serverless.yml': 'timeout: 10' });
    await change;

    expect(said).toEqual(['The manifest has changed: restart to run it']);
    expect(replaced).toEqual([]);
  });
});
