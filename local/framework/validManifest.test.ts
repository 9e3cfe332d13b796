import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkManifestOnce } from './validManifest.ts';

describe('A manifest that is checked once', () => {
  let folder: string;
  let checked: number;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'valid-manifest-'));
    checked = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = () => path.join(folder, '.local', 'valid-manifest.json');

  /** As a process that starts. The check is the framework's: a text becomes the number that is expected. */
  async function start<Manifest extends { timeout: unknown; layers?: unknown }>(
    manifest: Manifest,
    { version = '4.3.1', schema = {} } = {},
  ): Promise<Manifest> {
    const checks = {
      schema,
      validateConfig: async (given: object) => {
        checked += 1;
        const it = given as Manifest;
        if (Number.isNaN(Number(it.timeout))) throw new Error('timeout: should be number');
        it.timeout = Number(it.timeout);
        if (typeof it.layers === 'string') it.layers = [it.layers];
      },
    };
    checkManifestOnce(checks, version, file());
    await checks.validateConfig(manifest);
    return manifest;
  }

  it('passes again unchecked, with what the check made of it', async () => {
    const shared = { URL: 'here' };
    const manifest = () => ({ timeout: '10', layers: 'one', functions: { a: shared, b: shared } });
    const first = await start(manifest());

    const again = await start(manifest());

    expect(again).toEqual({ timeout: 10, layers: ['one'], functions: { a: shared, b: shared } });
    expect(again).toEqual(first);
    expect(checked).toBe(1);
  });

  it.each([
    ['it has changed', { timeout: 11 }, {}],
    ['a plugin has changed the schema', { timeout: 10 }, { schema: { properties: {} } }],
    ['the framework is another', { timeout: 10 }, { version: '3.40.0' }],
  ])('is checked again once %s', async (_, manifest, rest) => {
    await start({ timeout: 10 });

    await start(manifest, rest);

    expect(checked).toBe(2);
  });

  it('is checked, and told, each time while it is not valid', async () => {
    for (const _ of [1, 2])
      await expect(start({ timeout: 'soon' })).rejects.toThrow('timeout: should be number');

    expect(checked).toBe(2);
  });

  it('is checked each time where it holds itself', async () => {
    for (const _ of [1, 2]) {
      const manifest = { timeout: '10', itself: {} };
      manifest.itself = manifest;

      expect((await start(manifest)).timeout).toBe(10);
    }

    expect(checked).toBe(2);
  });

  it('is checked where what was noted is damaged', async () => {
    await start({ timeout: '10' });
    writeFileSync(file(), '{"key":');

    expect(await start({ timeout: '10' })).toEqual({ timeout: 10 });
    expect(checked).toBe(2);
  });
});
