import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createWorkspace } from '../support/workspace.ts';
import { applyPatch, type Patch } from './patch.ts';

const CHANGED = ['local', 'simulation', 'test/behaviours', 'jest.config.ts', 'package.json'];
const SIMULATE = 'simulation/service/command/simulateCommand.ts';
/** A change has to show within so many seeds. */
const SEEDS = 200;
/** A test that hangs is ended by jest itself within seconds. */
const LONGEST_RUN_MS = 60_000;

export type Verdict = 'passed' | 'failed';

interface JestReport {
  testResults: { message: string; assertionResults: { fullName: string; status: string }[] }[];
}

/** A copy of the local runtime and its behaviour tests; the sources themselves stay as they are. */
export class MutantRun {
  readonly #workspace = createWorkspace(CHANGED);
  readonly #folder = this.#workspace.folder;

  /** Runs one test of the patched copy. Throws when it did not come to a verdict. */
  async run(testFile: string, test: string, patch?: Patch): Promise<Verdict> {
    const restore = patch ? applyPatch(this.#folder, patch) : () => {};
    try {
      return verdictOf(await this.#jest(testFile, test), testFile, test);
    } finally {
      restore();
    }
  }

  /** Lives through sales on the copy, patched or not, until one fails. */
  async simulate(patch?: Patch): Promise<Verdict> {
    const restore = patch ? applyPatch(this.#folder, patch) : () => {};
    try {
      const args = [SIMULATE, '--runs', String(SEEDS), '--first'];
      return await new Promise((resolve, reject) => {
        execFile(process.execPath, args, { cwd: this.#folder }, (error, _stdout, stderr) => {
          if (error === null) resolve('passed');
          else if (error.code === 1) resolve('failed');
          else
            reject(new Error(`The simulation of ${patch?.find ?? 'no change'} broke:\n${stderr}`));
        });
      });
    } finally {
      restore();
    }
  }

  remove(): void {
    this.#workspace.remove();
  }

  #jest(testFile: string, test: string): Promise<JestReport> {
    const output = path.join(this.#folder, 'report.json');
    rmSync(output, { force: true });
    const jest = [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      ...['node_modules/jest/bin/jest.js', '--config', 'test/behaviours/jest.config.ts'],
      ...['--cacheDirectory', path.join(this.#folder, 'cache'), '--runInBand'],
      ...['--json', '--outputFile', output],
      ...['--runTestsByPath', testFile, '--testNamePattern', `^${RegExp.escape(test)}$`],
    ];
    return new Promise((resolve, reject) => {
      const options = { cwd: this.#folder, timeout: LONGEST_RUN_MS };
      execFile(process.execPath, jest, options, (_exitCode, _stdout, stderr) => {
        try {
          resolve(JSON.parse(readFileSync(output, 'utf8')));
        } catch {
          reject(new Error(`${testFile} gave no report:\n${stderr}`));
        }
      });
    });
  }
}

function verdictOf({ testResults }: JestReport, testFile: string, test: string): Verdict {
  const [result] = testResults;
  const named = result?.assertionResults.find(({ fullName }) => fullName === test);
  if (named?.status === 'passed' || named?.status === 'failed') return named.status;
  throw new Error(result?.message || `${testFile} has no test of the name: ${test}`);
}
