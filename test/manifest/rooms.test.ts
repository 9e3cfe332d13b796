import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CHECK = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const RULES = '.dependency-cruiser.mjs';

const PLUGIN = "import '../console/way.ts'; import '../console/panels/orders.ts';";

/** Arrows that must not be, one for each way to write one: the rule that refuses it, who imports, and whom. */
const PLANTED: [rule: string, from: string, text: string][] = [
  ['local', 'local/lambda.ts', "import type { Order } from '../lib/domain/order.ts';"],
  ['local', 'local/start.ts', "export const sale = () => import('../loadtest/sale.ts');"],
  ['local', 'local/ports.ts', "import type { Console } from '../console/frame.ts';"],
  ['local', 'local/banner.ts', "import './plugin.ts';"],
  ['local/plugin.ts', 'local/plugin.ts', PLUGIN],
  ['ops', 'ops/stage.ts', "export { start } from '../local/start.ts';"],
  ['simulation', 'simulation/clock.ts', "import '../lib/domain/two.ts';"],
  ['ops-tests', 'ops/stage.test.ts', "import '../local/lambda.ts';"],
  ['console', 'console/frame.ts', "export * from './panels/orders.ts';"],
  ['common', 'common/json.ts', "import { type Order } from '../lib/domain/order.ts';"],
  ['contracts', 'contracts/readyFile.ts', "import { stage } from '../ops/stage.ts';"],
  ['lib/domain', 'lib/domain/pay.ts', "import '../adapters/table.ts';"],
  ['lib/platform', 'lib/platform/http.ts', "import '../adapters/table.ts';"],
  ['functions', 'functions/health.ts', "import '../common/json.ts';"],
  ['domain-packages', 'lib/domain/order.ts', "import type { C } from '@aws-sdk/client-sns';"],
  ['contracts-packages', 'contracts/stats.ts', "import { C } from '@aws-sdk/client-sns';"],
  ['only-adapters-talk-to-AWS', 'functions/intake.ts', "import '@aws-sdk/client-sns';"],
  ['nobody-imports-the-load-test', 'test/page.ts', "import '../loadtest/sale.ts';"],
  ['no-test-in-production', 'ops/audit.ts', "import '../lib/testing/world.ts';"],
  ['no-test-in-production', 'local/watch.ts', "import type { A } from './start.test.ts';"],
  ['local-knows-no-orders', 'local/plugin.ts', PLUGIN],
  ['no-circle', 'lib/domain/one.ts', "import type { Two } from './two.ts';"],
];

/** What the arrows lead to. */
const GROUND = {
  'console/panels/orders.ts': '',
  'console/way.ts': "import '../ops/audit.ts';",
  'lib/adapters/table.ts': '',
  'lib/domain/two.ts': "import type { Three } from './three.ts';",
  'lib/domain/three.ts': "import type { One } from './one.ts';",
  'lib/testing/world.ts': '',
  'loadtest/sale.ts': '',
  'local/start.test.ts': '',
  'node_modules/@aws-sdk/client-sns/package.json': '{ "name": "@aws-sdk/client-sns" }',
  'node_modules/@aws-sdk/client-sns/index.js': '',
};

function plant(folder: string, files: Iterable<readonly [string, string]>): void {
  for (const [file, text] of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

/** Runs `npm run imports` over a folder. */
function check(folder: string): Promise<{ status: number; output: string }> {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const [, ...args] = scripts.imports.split(' ');
  const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } };
  return new Promise((resolve) => {
    execFile(process.execPath, [CHECK, ...args], options, (error, output) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output }),
    );
  });
}

describe('the check of imports', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-imports-'));
  let status: number;
  let output: string;

  beforeAll(async () => {
    plant(folder, Object.entries(GROUND));
    plant(
      folder,
      PLANTED.map(([, file, text]) => [file, text]),
    );
    symlinkSync(path.join(ROOT, RULES), path.join(folder, RULES));
    ({ status, output } = await check(folder));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('fails when there is an arrow that must not be', () => {
    expect(status).toBeGreaterThan(0);
  });

  it.each(PLANTED)('finds that %s is broken by %s: %s', (rule, from, _text) => {
    expect(output).toContain(`error ${rule}: ${from} → `);
  });
});

describe('a folder', () => {
  const files = execFileSync(
    'git',
    [
      'ls-files',
      '--cached',
      '--others',
      '--exclude-standard',
      'local',
      'console',
      'loadtest',
      'ops',
      'simulation',
    ],
    { cwd: ROOT, encoding: 'utf8' },
  )
    .trim()
    .split('\n')
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/testing/'));
  const folders = Object.entries(Object.groupBy(files, (file) => path.dirname(file)));

  it.each(folders)('%s can be taken in at a glance: at most 20 files of source', (_, inside) => {
    expect(inside?.length).toBeLessThanOrEqual(20);
  });
});
