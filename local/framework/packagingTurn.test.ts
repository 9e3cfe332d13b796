import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PackagingTurn } from './packagingTurn.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'packaging-turn-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const left = () => readdirSync(path.join(folder, '.local'));
const never = (text: string) => {
  throw new Error(text);
};

describe('The turn to package in a folder', () => {
  it('is waited for while another has it, and leaves nothing once it is given back', async () => {
    const [first, second] = [new PackagingTurn(folder), new PackagingTurn(folder)];
    await first.take(0, never);
    const told: string[] = [];

    await second.take(60_000, (text) => {
      told.push(text);
      first.giveBack();
    });

    expect(told).toEqual([`Waiting for process ${process.pid}, which is packaging here`]);
    expect(left()).toEqual(['packaging.pid']);
    second.giveBack();
    expect(left()).toEqual([]);
  });

  it('is refused in words when another keeps it for too long', async () => {
    await new PackagingTurn(folder).take(0, never);

    await expect(new PackagingTurn(folder).take(-1, never)).rejects.toThrow(
      /^Process \d+ has been packaging here for over .* s\. End it, or remove .*packaging\.pid\.$/,
    );
  });

  it('is refused where nobody can take it', async () => {
    mkdirSync(path.join(folder, '.local/packaging.pid'), { recursive: true });

    await expect(new PackagingTurn(folder).take(-1, never)).rejects.toThrow(
      /remove .*packaging\.pid/,
    );
  });

  it('is taken over from a process that was killed', async () => {
    mkdirSync(path.join(folder, '.local'));
    // No process has a number as high as this: Linux ends at 2^22.
    writeFileSync(path.join(folder, '.local/packaging.pid'), '99999999');
    const turn = new PackagingTurn(folder);

    await turn.take(60_000, never);

    expect(left()).toEqual(['packaging.pid']);
    turn.giveBack();
    expect(left()).toEqual([]);
  });
});
