import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FunctionModel, ServiceModel } from './template/model.ts';
import { lambdaFunction, read } from './template/testing/template.ts';
import { watchSources } from './watch.ts';

let folder: string;
let said: string[];
let replaced: FunctionModel[];
let onChange: () => void;
let watched: ReturnType<typeof watchSources>;

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

function start(packaged: () => Record<string, string>, timeout = 3): void {
  watched = watchSources({
    serviceDirectory: folder,
    packageDirectory: path.join(folder, '.package'),
    model: model(path.join(folder, '.package')),
    packageAgain: async (into) => writeSources(packaged(), into),
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
  writeSources({ 'one.zip': '1', 'two.zip': '2' }, path.join(folder, '.package'));
});

afterEach(async () => {
  await watched.stop(1000);
  rmSync(folder, { recursive: true, force: true });
});

describe('Watched sources', () => {
  it('replace the function whose zip is another one, and no other', async () => {
    start(() => ({ 'one.zip': '1', 'two.zip': 'changed' }));

    const change = changed();
    writeSources({ 'two.ts': 'changed' });
    await change;

    expect(said).toEqual(['Reloaded two']);
    expect(replaced).toMatchObject([{ name: 'two', zipPath: expect.stringContaining('reload-') }]);
  });

  it('say what kept a change from being taken over', async () => {
    start(() => {
      throw new Error('one.ts:1 has no end');
    });

    const change = changed();
    writeSources({ 'one.ts': '{' });
    await change;

    expect(said).toEqual(['The change was not taken over: one.ts:1 has no end']);
  });

  it('say that a manifest with other settings needs a new start', async () => {
    start(() => ({ 'one.zip': '1', 'two.zip': '2' }), 10);

    const change = changed();
    writeSources({ 'serverless.yml': 'timeout: 10' });
    await change;

    expect(said).toEqual(['The manifest declares something else now: start again to run that']);
    expect(replaced).toEqual([]);
  });
});
