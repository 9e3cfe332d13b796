import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pythonTools } from '../../common/pythonTools.ts';
import type { ReadyFile } from '../../contracts/readyFile.ts';
import { LocalService, type LocalServiceSettings } from '../../ops/localServiceProcess.ts';
import { localStage, stageReadyFileSchema } from '../../ops/stage.ts';
import { Checks } from '../e2e/checks.ts';
import { type Ended, runNode } from '../e2e/child.ts';
import { runProgram } from '../support/program.ts';
import { AnswerRecorder, type RecordedAnswer } from './answers.ts';

const HELP = `Holds the Locust files against every answer that the service can give, and runs them: with declines, repeats and
refusals, against a service that takes nothing, and with wrong variables.

  npm run test:locust

Exit: 0 all passed, 1 something failed, 2 there was nothing to ask.`;

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Installing Locust is in it, once. */
const RUN_LIMIT_MS = 180_000;
const WAITS = { WAIT_MIN_SECONDS: '0.1', WAIT_MAX_SECONDS: '0.3' };
const LOAD = ['--headless', '-u', '8', '-r', '8', '--only-summary'];
const ENDS_WITHIN_MS = 30_000;

interface Verdict {
  row: string;
  order_id: string | null;
  fault: string | null;
}

async function checkAnswers(checks: Checks): Promise<void> {
  const tools = await pythonTools({ name: 'load', requirements: 'loadtest/requirements.txt' });
  const script = path.join(ROOT, 'loadtest/testing/judge_answers.py');
  const answers = await recordedAnswers();
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
}

/** From a service whose payments fail by item, and from those that lack their topic or cannot publish to it. */
async function recordedAnswers(): Promise<RecordedAnswer[]> {
  const recorded: RecordedAnswer[] = [];
  const record = async (flags: string[], ask: (recorder: AnswerRecorder) => Promise<unknown>) =>
    withService(
      { environment: { PAYMENT_FAULTS: '{"by_item":true}' }, flags },
      async (api, ready) => {
        const stage = localStage(stageReadyFileSchema.parse(ready));
        const recorder = new AnswerRecorder(api, stage);
        await ask(recorder).finally(() => stage.close());
        recorded.push(...recorder.answers);
      },
    );
  await record([], (recorder) => recorder.record());
  await record(['--unset', 'SNS_TOPIC_ARN'], (recorder) => recorder.notConfigured());
  const gone = 'SNS_TOPIC_ARN=arn:aws:sns:us-east-1:000000000000:gone';
  await record(['--env', gone], (recorder) => recorder.notPublished());
  return recorded;
}

/** One run after another of the same orders: the second has repeats, declines and refusals all at once. */
async function checkRuns(checks: Checks): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-locust-'));
  const environment = { PAYMENT_FAULTS: '{"decline":0.4,"seed":7}', RESERVED_CONCURRENCY: 'off' };
  const crowded = { environment, flags: ['--quota', '3'] };
  await withService(crowded, async (api) => {
    for (const file of ['locustfile.py', 'async_test.py']) {
      const first = await loggedRun(checks, { api, file, log: path.join(folder, `${file}.1`) });
      const ends = await Promise.all([...idsIn(first)].map((id) => endOf(api, id)));
      const again = await loggedRun(checks, { api, file, log: path.join(folder, `${file}.2`) });
      await checks.run(`${file}: the second run has repeats, declines and refusals`, async () => {
        const repeated = ends.filter(({ id }) => idsIn(again).has(id));
        const declined = repeated.filter(({ status }) => status === 'declined');
        const refused = again.filter(({ name }) => /^POST .*\[refused\]$/.test(name));
        const counts = [repeated.length, declined.length, refused.length];
        assert.ok(Math.min(...counts) > 0, `repeated, declined, refused: ${counts}`);
      });
    }
  });
  rmSync(folder, { recursive: true, force: true });
}

interface Logged {
  name: string;
  status: number;
  order_id?: string;
}

const isOrdered = ({ name, status }: Logged): boolean =>
  name.startsWith('POST') && [200, 202, 402].includes(status);

const idsIn = (lines: Logged[]): Set<string> =>
  new Set(lines.filter(isOrdered).map(({ order_id = '' }) => order_id));

async function loggedRun(
  checks: Checks,
  { api, file, log }: Record<'api' | 'file' | 'log', string>,
): Promise<Logged[]> {
  const variables = { ...WAITS, RUN_ID: file, SEED: '5', MAX_ORDERS: '150', REQUEST_LOG: log };
  await checks.run(
    `${file}: ${path.extname(log) === '.1' ? 'a run' : 'the same run again'} has no failure`,
    async () => {
      const { status, output } = await locust(file, `${api}/`, [...LOAD, '-t', '20s'], variables);
      assert.equal(status, 0, output);
    },
  );
  const text = readFileSync(log, 'utf8').trim();
  const lines = text.split('\n').map((line) => JSON.parse(line));
  const requests: Logged[] = lines.filter(({ name }) => name);
  await checks.run(
    `${file}: its log keeps the ids of what was ordered, declined or not`,
    async () => {
      const ordered = requests.filter(isOrdered);
      assert.ok(ordered.length > 0 && ordered.every(({ order_id }) => order_id));
      if (file === 'locustfile.py') assert.ok(ordered.some(({ status }) => status === 402));
      if (file === 'locustfile.py') assert.ok(requests.some(({ status }) => status === 503));
    },
  );
  return requests;
}

/** The end of an order; a look-up may be refused meanwhile. */
async function endOf(api: string, id: string): Promise<{ id: string; status: string }> {
  for (const end = Date.now() + ENDS_WITHIN_MS; Date.now() < end; await sleep(200)) {
    const answer = await fetch(`${api}/orders/${id}`);
    const { status } = (await answer.json()) as { status: unknown };
    if (typeof status === 'string' && status !== 'pending') return { id, status };
  }
  throw new Error(`${id} is still pending after ${ENDS_WITHIN_MS} ms`);
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
  { environment = {}, flags = [] }: Pick<LocalServiceSettings, 'environment' | 'flags'>,
  use: (api: string, ready: ReadyFile) => Promise<void>,
): Promise<void> {
  const service = new LocalService({
    environment: { PAYMENT_SECONDS: '0.5', SYNC_CONCURRENCY: '2', ...environment },
    flags,
  });
  try {
    const ready = await service.start();
    await use(ready.api, ready);
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
