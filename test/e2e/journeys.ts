import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JourneyTarget } from '../journeys/target.ts';
import { ROOT } from '../support/workspace.ts';
import { tell } from './checks.ts';
import { runNode } from './child.ts';

interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

const LIMIT_MS = 600_000;
/** A cold start that costs an operating system process each, on a busy machine. */
const JOURNEY_LIMIT_MS = 60_000;

/** Sends the journeys of jest's project "journeys" to a target; jest tells its results on stderr. */
export async function runJourneys(
  target: JourneyTarget,
): Promise<{ passed: number; failed: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-journeys-'));
  try {
    const outputFile = path.join(folder, 'journeys.json');
    await runNode({
      args: [
        ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
        ...['node_modules/jest/bin/jest.js', '--selectProjects', 'journeys', '--runInBand'],
        ...['--verbose', '--json', '--outputFile', outputFile],
        ...['--testTimeout', String(JOURNEY_LIMIT_MS)],
      ],
      folder: ROOT,
      environment: { JOURNEY_TARGET: JSON.stringify(target) },
      limitMs: LIMIT_MS,
      onOutput: (text) => process.stderr.write(text),
    });
    return countsOf(JSON.parse(readFileSync(outputFile, 'utf8')) as JestResult);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countsOf(result: JestResult): { passed: number; failed: number } {
  const skipped = result.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName);
  tell(`Journeys skipped: ${skipped.length === 0 ? 'none' : skipped.join('; ')}`);
  // A suite that cannot be loaded has no test that could fail.
  const failed = Math.max(result.numFailedTests, result.numFailedTestSuites);
  return { passed: result.numPassedTests, failed };
}
