import { spawn } from 'node:child_process';
import { pythonTools } from '../common/pythonTools.ts';

/** `npm run locust -- ARGS`: Locust by itself, in this folder, from the pinned requirements. */
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
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
