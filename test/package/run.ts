import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readyFileSchema } from '../../contracts/readyFile.ts';
import { ROOT } from '../support/workspace.ts';
import { buildPackage } from './build.ts';

const HELP = `Packs the local runtime as an npm package, installs it into a project of its own and runs it there: as a plugin of the
framework, and without one.

  npm run test:package                        under osls, as it is installed here
  npm run test:package -- serverless@3.40.0   under a framework of the registry

Exit 0: both answered. 1: one did not.`;

const READY_WITHIN_MS = 60_000;
const MANIFEST = `service: packed
plugins: [flash-local]
provider: { name: aws, runtime: nodejs22.x }
package: { patterns: ['!**', index.js] }
functions:
  hello: { handler: index.hello, events: [{ httpApi: GET /hello }] }
`;
const HANDLER = `exports.hello = async () => ({ statusCode: 200, body: 'hello from ' + process.env.AWS_LAMBDA_FUNCTION_NAME });`;

const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-package-'));
const project = path.join(folder, 'project');
const tell = (text: string) => process.stdout.write(`${text}\n`);
const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8' });

async function install(framework: string | undefined): Promise<void> {
  const built = path.join(folder, 'built');
  await buildPackage(built);
  const [packed] = JSON.parse(npm(built, 'pack', '--json', '--pack-destination', folder));
  tell(`${packed.filename}: ${packed.entryCount} files, ${Math.round(packed.size / 1024)} KiB`);
  mkdirSync(project);
  writeFileSync(path.join(project, 'package.json'), '{"name":"packed","version":"1.0.0"}');
  writeFileSync(path.join(project, 'serverless.yml'), MANIFEST);
  writeFileSync(path.join(project, 'index.js'), HANDLER);
  cpSync(path.join(ROOT, 'test/fixtures/cdk'), path.join(project, 'cdk'), { recursive: true });
  const packages = [path.join(folder, packed.filename), ...(framework ? [framework] : [])];
  npm(
    project,
    'install',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--prefer-offline',
    ...packages,
  );
  const own = path.join(project, 'node_modules/serverless');
  if (!existsSync(own)) symlinkSync(path.join(ROOT, 'node_modules/serverless'), own);
}

/** Starts a command on free ports, asks it for a path, and stops it. */
async function answerOf(script: string, args: string[], address: string): Promise<string> {
  const readyFile = path.join(project, '.ready.json');
  const ports = ['--port', '0', '--console-port', '0', '--ready-file', readyFile];
  const child = spawn(
    process.execPath,
    [path.join(project, 'node_modules', script), ...args, ...ports],
    {
      cwd: project,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        SLS_TELEMETRY_DISABLED: '1',
        SLS_NOTIFICATIONS_MODE: 'off',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const closed = once(child, 'close');
  try {
    for (const end = Date.now() + READY_WITHIN_MS; !existsSync(readyFile); await sleep(50))
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${script} did not start`);
    const { api, console } = readyFileSchema.parse(JSON.parse(readFileSync(readyFile, 'utf8')));
    const page = await fetch(`${console}/page.js`);
    if (!page.ok) throw new Error(`The console's page answers ${page.status}`);
    const response = await fetch(`${api}${address}`);
    return `${response.status} ${await response.text()}`;
  } finally {
    child.kill('SIGINT');
    await closed;
  }
}

async function main(words: string[]): Promise<void> {
  if (words.includes('--help')) {
    tell(HELP);
    return;
  }
  await install(words[0]);
  const expected: [string, string[], string, string][] = [
    ['serverless/bin/serverless.js', ['local'], '/hello', '200 hello from packed-dev-hello'],
    [
      'flash-local/local/templateCommand.js',
      ['--template', 'cdk/Shop.template.json'],
      '/orders/none',
      '404 none',
    ],
  ];
  for (const [script, args, address, answer] of expected) {
    const got = await answerOf(script, args, address);
    if (got !== answer)
      throw new Error(`${script}: ${address} was to answer "${answer}", got "${got}"`);
    tell(`${script}: ${address} answers ${got}`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
