import { parseArgs } from 'node:util';
import { ROOT } from '../support/workspace.ts';
import { MutantRun } from './mutantRun.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { checkPatches } from './patch.ts';

const HELP = `Changes one line of the local runtime at a time, in a copy, and asks the behaviour that it breaks to notice.

  npm run test:mutants                     every change, about a minute
  npm run test:mutants -- --only scaling   those whose file, change or test contains this
  npm run test:mutants -- --simulated      those that npm run simulate can come across: 200 seeds have to find each;
                                           the others are named, with what keeps them from it
  npm run test:mutants -- --json           one JSON document on stdout

Exit 0: every change was caught. 1: one was not. 2: it could not be tried: a line that is to be changed is not there,
or its test does not pass without the change.`;

/** Each has a copy of its own. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    simulated: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const tell = (text: string) => process.stderr.write(`${text}\n`);

interface Result extends Mutant {
  isCaught: boolean;
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const chosen = MUTANTS.filter(
    (mutant) =>
      Object.values(mutant).join('\n').includes(values.only) &&
      (mutant.unsimulated === undefined || !values.simulated),
  );
  if (chosen.length === 0) throw new Error(`No change contains "${values.only}"`);
  checkPatches(ROOT, chosen);
  const startedAt = performance.now();
  const results = await tryAll(chosen);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(
    values.json ? JSON.stringify({ seconds, results }) : render(results, seconds),
  );
  return results.every(({ isCaught }) => isCaught) ? 0 : 1;
}

async function tryAll(mutants: Mutant[]): Promise<Result[]> {
  const waiting = [...mutants.entries()];
  const results: Result[] = [];
  const workspaces = Array.from({ length: AT_ONCE }, () => new MutantRun());
  try {
    if (values.simulated && (await workspaces[0]?.simulate()) !== 'passed')
      throw new Error('Without any change the simulation does not pass');
    await Promise.all(
      workspaces.map(async (workspace) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [index, mutant] = next;
          const isCaught = await isCaughtIn(workspace, mutant);
          results[index] = { ...mutant, isCaught };
          tell(`${isCaught ? 'caught' : 'SURVIVED'} ${mutant.file}: ${mutant.find}`);
        }
      }),
    );
  } finally {
    for (const workspace of workspaces) workspace.remove();
  }
  return results;
}

async function isCaughtIn(workspace: MutantRun, mutant: Mutant): Promise<boolean> {
  if (values.simulated) return (await workspace.simulate(mutant)) === 'failed';
  const { testFile, test } = mutant;
  if ((await workspace.run(testFile, test)) === 'failed')
    throw new Error(`Without any change this test does not pass: ${testFile}: ${test}`);
  return (await workspace.run(testFile, test, mutant)) === 'failed';
}

function render(results: Result[], seconds: number): string {
  const rows = results.flatMap(({ isCaught, file, find, replace, test }) => [
    `${isCaught ? 'caught  ' : 'SURVIVED'}  ${file}`,
    `          - ${find}`,
    `          + ${replace || '(nothing)'}`,
    `          ${isCaught ? 'by' : 'not by'}: ${values.simulated ? 'the simulation' : test}`,
  ]);
  const caught = results.filter(({ isCaught }) => isCaught).length;
  const total = `${caught} of ${results.length} changes caught, ${seconds} s`;
  return [...rows, ...(values.simulated ? notSimulated() : []), '', total, ''].join('\n');
}

const notSimulated = (): string[] =>
  MUTANTS.filter(({ unsimulated }) => unsimulated !== undefined).flatMap(
    ({ file, find, unsimulated }) => [
      `not tried ${file}`,
      `          - ${find}`,
      `          ${unsimulated}`,
    ],
  );

process.exitCode = await main().catch((error: Error) => {
  tell(error.message);
  return 2;
});
