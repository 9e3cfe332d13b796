import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pythonTools } from '../../common/pythonTools.ts';
import { LocalService } from '../../ops/localService.ts';
import { Checks } from '../e2e/checks.ts';
import { type Ended, runNode } from '../e2e/child.ts';
import { runProgram } from '../support/program.ts';
import { AnswerRecorder } from './answers.ts';

const HELP = `Holds the Locust files against every answer that the service can give, and runs them: with declines, repeats and
refusals, against a service that takes nothing, and with wrong variables.

  npm run test:locust

Exit: 0 all passed, 1 something failed, 2 there was nothing to ask.`;

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Installing Locust is in it, once. */
const RUN_LIMIT_MS = 180_000;
const WAITS = { WAIT_MIN_SECONDS: '0.1', WAIT_MAX_SECONDS: '0.3' };
const LOAD = ['--headless', '-u', '4', '-r', '4', '--only-summary'];

interface Verdict {
  row: string;
  order_id: string | null;
  fault: string | null;
}

async function checkAnswers(checks: Checks): Promise<void> {
  const tools = await pythonTools({ name: 'load', requirements: 'loadtest/requirements.txt' });
  await withService({ PAYMENT_FAULTS: '{"by_item":true}' }, async (api) => {
    const answers = await new AnswerRecorder(api).record();
    const script = path.join(ROOT, 'loadtest/testing/judge_answers.py');
    const input = JSON.stringify(answers);
    const judged = spawnSync(tools.command('python'), [script], { input, encoding: 'utf8' });
    assert.equal(judged.status, 0, judged.stderr);
    const verdicts = JSON.parse(judged.stdout) as Verdict[];
    for (const [index, { name, expected, text }] of answers.entries()) {
      await checks.run(`${name} is judged rightly`, async () => {
        const { row, order_id, fault } = verdicts[index] as Verdict;
        assert.equal(row, expected.row, text);
        if (expected.fault === null) assert.equal(fault, null, text);
        else assert.match(fault ?? '', expected.fault);
        assert.equal(order_id !== null, expected.hasId, text);
      });
    }
  });
}

async function checkRuns(checks: Checks): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-locust-'));
  await withService({ PAYMENT_FAULTS: '{"decline":0.4,"seed":7}' }, async (api) => {
    for (const file of ['locustfile.py', 'async_test.py']) {
      const log = path.join(folder, `${file}.jsonl`);
      const variables = { ...WAITS, RUN_ID: file, SEED: '5', MAX_ORDERS: '40', REQUEST_LOG: log };
      for (const which of ['a run', 'the same run again']) {
        await checks.run(
          `${file}: ${which} has no failure, with declines and refusals`,
          async () => {
            const { status, output } = await locust(
              file,
              `${api}/`,
              [...LOAD, '-t', '20s'],
              variables,
            );
            assert.equal(status, 0, output);
          },
        );
      }
      await checks.run(
        `${file}: its log keeps the ids of what was ordered, declined or not`,
        async () => {
          const lines = readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
          const ordered = lines.filter(({ status }) => [200, 202, 402].includes(status));
          assert.ok(ordered.length > 0 && ordered.every(({ order_id }) => order_id));
          if (file === 'locustfile.py') assert.ok(ordered.some(({ status }) => status === 402));
          if (file === 'locustfile.py') assert.ok(lines.some(({ status }) => status === 503));
        },
      );
    }
  });
  rmSync(folder, { recursive: true, force: true });
}

async function checkNothingSold(checks: Checks): Promise<void> {
  const refusing = createServer((_, response) => response.writeHead(503).end('{}')).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => refusing.once('listening', resolve));
  const host = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  await checks.run('a run that sold nothing says so, and ends with status 1', async () => {
    const { status, output } = await locust('async_test.py', host, [...LOAD, '-t', '2s'], {});
    assert.equal(status, 1, output);
    assert.match(output, /No order was taken\./);
  });
  refusing.close();
}

const WRONG: [Record<string, string>, string][] = [
  [{ MAX_ORDERS: '-1' }, 'MAX_ORDERS must be a whole number from 0 to 1000000000, got'],
  [{ RUN_ID: 'my run' }, 'RUN_ID must be 1 to 200 visible ASCII characters'],
  [{ WAY: 'Direct' }, 'WAY must be queued or direct, or not set, got'],
  [{ SEED: 'abc' }, 'SEED must be a whole number from 0 to 2147483648, got'],
  [{ LOOK_UP_SHARE: '1.5' }, 'LOOK_UP_SHARE must be a number from 0 to 1, got'],
  [{ WAIT_MIN_SECONDS: 'nan' }, 'WAIT_MIN_SECONDS must be a number from 0 to 3600, got'],
  [{ WAIT_MIN_SECONDS: '2', WAIT_MAX_SECONDS: '1' }, 'WAIT_MAX_SECONDS must not be less than'],
  [{ REQUEST_LOG: '/no/such/folder/log' }, 'REQUEST_LOG must be a file in a folder that is there'],
];

async function checkVariables(checks: Checks): Promise<void> {
  for (const [variables, message] of WRONG) {
    await checks.run(`${JSON.stringify(variables)} is refused by name`, async () => {
      const run = await locust(
        'async_test.py',
        'http://127.0.0.1:9',
        [...LOAD, '-t', '2s'],
        variables,
      );
      assert.equal(run.status, 2, run.output);
      assert.ok(run.output.includes(message), run.output);
      assert.ok(!run.output.includes('Traceback'), run.output);
    });
  }
}

const locust = (
  file: string,
  host: string,
  options: string[],
  environment: Record<string, string>,
): Promise<Ended> =>
  runNode({
    args: ['loadtest/locustCommand.ts', '-f', file, '--host', host, ...options],
    folder: ROOT,
    environment,
    limitMs: RUN_LIMIT_MS,
  });

async function withService(
  environment: Record<string, string>,
  use: (api: string) => Promise<void>,
): Promise<void> {
  const service = new LocalService({
    environment: { PAYMENT_SECONDS: '0.5', SYNC_CONCURRENCY: '2', ...environment },
  });
  try {
    await use((await service.start()).api);
  } finally {
    await service.remove();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const checks = new Checks();
  await checkVariables(checks);
  await checkNothingSold(checks);
  await checkAnswers(checks);
  await checkRuns(checks);
  process.stdout.write(`${checks.summary}\n`);
  return checks.failed === 0 ? 0 : 1;
}

await runProgram(main);
