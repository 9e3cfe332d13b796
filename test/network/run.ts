import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../support/workspace.ts';
import { attemptsIn } from './attempts.ts';

const HELP = `Cuts the network to loopback, and counts the attempts to leave this machine: threads and child processes included.
Needs Linux with unshare, ip and strace.

  npm run test:network                the journeys, and a service that calls twelve services of AWS
  npm run test:network -- services    that service alone

Exit 0: nobody tried to leave. 1: somebody did, or a run failed.`;

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const CONTROL = `require('net').connect(80, '198.51.100.7').on('error', () => {})`;
const RUNS: Record<string, string[]> = {
  services: ['test/network/callServices.ts'],
  // What is traced takes longer.
  journeys: [...JEST, '--selectProjects', 'journeys', '--testTimeout=30000'],
};

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-strace-'));
const tell = (text: string) => process.stdout.write(`${text}\n`);

/** The addresses that the run asked for, on a network of which only loopback is there. */
async function attemptsOf(
  name: string,
  args: string[],
): Promise<{ attempts: string[]; status: number }> {
  const trace = path.join(folder, name);
  const command = [process.execPath, ...args]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ');
  const traced = `ip link set lo up && exec strace -f -qq --seccomp-bpf -e trace=connect,sendto -o ${trace} ${command}`;
  const child = spawn('unshare', ['--map-root-user', '--net', 'sh', '-c', traced], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [status] = await once(child, 'close');
  return { attempts: attemptsIn(readFileSync(trace, 'utf8')), status };
}

async function main(words: string[]): Promise<number> {
  if (words.includes('--help')) {
    tell(HELP);
    return 0;
  }
  const names = words.length > 0 ? words : Object.keys(RUNS);
  const unknown = names.find((name) => RUNS[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`takes ${Object.keys(RUNS).join(' or ')}, got "${unknown}"`);
  const control = await attemptsOf('control', ['-e', CONTROL]);
  if (control.attempts.length !== 1)
    throw new Error('An attempt that was made on purpose was not counted');
  let isClean = true;
  for (const name of names) {
    const { attempts, status } = await attemptsOf(name, RUNS[name] ?? []);
    tell(
      `${name}: ${attempts.length} attempts to leave${attempts.map((one) => `\n  ${one}`).join('')}`,
    );
    if (status !== 0) tell(`${name}: exit status ${status}`);
    isClean &&= attempts.length === 0 && status === 0;
  }
  return isClean ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
