import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** In a process of its own: jest gives its tests stand-ins for what is sealed. */
const ask = (code: string): unknown => {
  const script = `
    import { randomBytes } from 'node:crypto';
    import { setTimeout as wait } from 'node:timers/promises';
    import { sealEntropy } from './sealedEntropy.ts';
    const seal = sealEntropy();
    const refused = (use) => { try { use(); return false; } catch { return true; } };
    ${code}`;
  const args = ['--input-type=module', '--eval', script];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: path.resolve(import.meta.dirname) }).toString(),
  );
};

describe('sealed entropy', () => {
  it('refuses real time and real chance, names the place, and gives them back', () => {
    const answer = ask(`
      const uses = [
        () => Date.now(), () => new Date(), () => Math.random(), () => performance.now(),
        () => setTimeout(() => {}), () => setInterval(() => {}), () => wait(1),
        () => randomBytes(8), () => crypto.randomUUID(),
      ].map(refused);
      const [first] = seal.uses;
      seal.break();
      const given = [() => Date.now(), () => Math.random(), () => randomBytes(8), () => new Date()];
      console.log(JSON.stringify({ uses, first, given: given.map(refused), date: new Date(5).getTime() }));`);

    expect(answer).toEqual({
      uses: Array(9).fill(true),
      first: expect.stringMatching(/^Date\.now was used, .*: at /),
      given: Array(4).fill(false),
      date: 5,
    });
  });

  it('lets through dates of a given time', () => {
    expect(
      ask(
        `console.log(JSON.stringify([new Date(0).toISOString(), Date.parse('1970-01-01T00:00:01Z')]));`,
      ),
    ).toEqual(['1970-01-01T00:00:00.000Z', 1_000]);
  });
});
