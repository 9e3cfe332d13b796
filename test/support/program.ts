import { endAllGroups } from '../e2e/child.ts';

/**
 * Runs a program of the tests: what `main` returns is its exit status. An error is told, and becomes 2 unless the caller
 * knows better. Ctrl-C ends all that it has started.
 */
export async function runProgram(
  main: () => Promise<number>,
  statusOf: (error: unknown) => number = () => 2,
): Promise<void> {
  process.once('SIGINT', () => {
    endAllGroups();
    process.exit(130);
  });
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = statusOf(error);
  }
}
