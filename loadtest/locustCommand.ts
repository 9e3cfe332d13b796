import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pythonTools } from '../common/pythonTools.ts';
import { faultText } from '../common/usageError.ts';

const CANNOT_RUN = 2;

/** `npm run locust -- ARGS`: Locust by itself, in this folder, from the pinned requirements. */
async function main(): Promise<number> {
  const tools = await pythonTools({
    name: 'load',
    requirements: 'loadtest/requirements.txt',
    onProgress: (text) => process.stderr.write(`${text}\n`),
  });
  const child = spawn(tools.command('locust'), process.argv.slice(2), {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  });
  // Ctrl-C reaches Locust as well, which then prints its table and ends by itself.
  process.on('SIGINT', () => {});
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${faultText(error)}\n`);
  return CANNOT_RUN;
});
