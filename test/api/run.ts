import path from 'node:path';
import { parseArgs } from 'node:util';
import { pythonTools } from '../../common/pythonTools.ts';
import { LocalService } from '../../ops/localServiceProcess.ts';
import { tell } from '../e2e/checks.ts';
import { runCommand } from '../e2e/child.ts';
import { runProgram } from '../support/program.ts';

const HELP = `Has Schemathesis send what docs/openapi.json allows, and what it does not, to the running service: no answer may be a
5xx, or one that the document does not have.

  npm run test:api [-- --seconds 60] [--seed 1]

Exit: 0 nothing found, 1 something found, 2 there was nothing to ask.`;

const ROOT = path.resolve(import.meta.dirname, '../..');
const REPORTING_MS = 60_000;
/**
 * By contract a key that is repeated with another body is 422, and an order that was cancelled can be looked up. API
 * Gateway answers 404, not 405, to a method without a route.
 */
const NOT_BY_CONTRACT = 'positive_data_acceptance,use_after_free,unsupported_method';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const tools = await pythonTools({
    name: 'api',
    requirements: 'test/api/requirements.txt',
    onProgress: tell,
  });
  const environment = { PAYMENT_SECONDS: '0.05', SYNC_CONCURRENCY: '50' };
  const service = new LocalService({ environment });
  try {
    const { api } = await service.start();
    const { status } = await runCommand({
      command: tools.command('st'),
      args: [
        ...['run', path.join(ROOT, 'docs/openapi.json'), '--url', api ?? '', '--no-color'],
        ...['--checks', 'all', '--exclude-checks', NOT_BY_CONTRACT],
        ...['--max-time', values.seconds, '--seed', values.seed],
      ],
      folder: tools.folder,
      environment: {},
      limitMs: Number(values.seconds) * 1000 + REPORTING_MS,
      onOutput: (text) => process.stderr.write(text),
    });
    return status === 0 ? 0 : 1;
  } finally {
    await service.remove();
  }
}

await runProgram(main);
