import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type PythonTools, pythonTools } from '../../common/pythonTools.ts';
import type { Template } from '../../local/template/resolve.ts';
import { type Ended, runCommand, runNode } from '../e2e/child.ts';
import { placeOf, policiesOf } from '../permissions/policies.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { missingRights, POLICY } from './deployerRights.ts';

const PRODUCTION = {
  ORDER_ID_SALT: 'a salt of sixteen characters',
  ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alarms',
};
/** What is judged: each template by a name that tells how it was made. */
const TEMPLATES: { name: string; stage: string; parameters: Record<string, string> }[] = [
  { name: 'dev', stage: 'dev', parameters: {} },
  { name: 'prod', stage: 'prod', parameters: PRODUCTION },
  { name: 'prod-traced', stage: 'prod', parameters: { ...PRODUCTION, TRACING: 'on' } },
  { name: 'dev-unreserved', stage: 'dev', parameters: { RESERVED_CONCURRENCY: 'off' } },
  { name: 'dev-stock', stage: 'dev', parameters: { STOCK: 'on', TRACING: 'on' } },
];
const LIMIT_MS = 300_000;
const EXCEPTIONS = path.resolve(import.meta.dirname, 'lint');
const POLICIES = 'policies';

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** A linter over what the manifest compiles to. A warning is a fault, too: it is fixed, or left out with a reason. */
interface Linter {
  package: string;
  command: string;
  args: (templates: string[]) => string[];
}
const LINTERS: Linter[] = [
  {
    package: 'cfn_lint',
    command: 'cfn-lint',
    args: (templates) => ['--config-file', `${EXCEPTIONS}/cfn-lint.yaml`, '--', ...templates],
  },
  {
    package: 'checkov',
    command: 'checkov',
    args: (templates) => ['--config-file', `${EXCEPTIONS}/checkov.yaml`, '-f', ...templates],
  },
  {
    package: 'parliament',
    command: 'parliament',
    args: () => ['--directory', POLICIES, '--config', `${EXCEPTIONS}/parliament.yaml`],
  },
];

async function lintTemplates(workspace: Workspace): Promise<number> {
  const requirements = 'test/manifest/requirements.txt';
  const tools = await pythonTools({ name: 'lint', requirements, onProgress: tell });
  mkdirSync(path.join(workspace.folder, POLICIES));
  const files = [];
  for (const template of TEMPLATES) files.push(await compile(workspace, template));
  let worst = 0;
  for (const linter of LINTERS)
    worst = Math.max(worst, await lint(linter, tools, files, workspace));
  return Math.max(worst, judgeDeployer(files, tools, workspace));
}

function judgeDeployer(files: string[], { folder: venv }: PythonTools, { folder }: Workspace) {
  const types = files.flatMap((file) => {
    const { Resources } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Template;
    return Object.values(Resources).map(({ Type }) => Type);
  });
  const missing = missingRights([...new Set(types)], venv);
  const verdict = missing.length === 0 ? 'no right is missing' : missing.join('\n');
  process.stdout.write(
    `${POLICY} against AWS's schemas of ${new Set(types).size} types: ${verdict}\n`,
  );
  return missing.length === 0 ? 0 : 1;
}

async function lint(linter: Linter, tools: PythonTools, files: string[], { folder }: Workspace) {
  const { status, output } = await runCommand({
    command: tools.command(linter.command),
    args: linter.args(files),
    folder,
    environment: {},
    limitMs: LIMIT_MS,
  });
  process.stdout.write(output);
  const made = TEMPLATES.map(({ name }) => name).join(', ');
  const verdict = status === 0 ? 'no fault' : 'see above';
  const version = tools.version(linter.package);
  process.stdout.write(`${linter.command} ${version} over ${made}: ${verdict}\n`);
  return status === 0 ? 0 : 1;
}

/** The template, under a name that tells which, and the policy of each of its roles. */
async function compile(
  { folder, temporary }: Workspace,
  { name, stage, parameters }: (typeof TEMPLATES)[number],
): Promise<string> {
  const output = path.join(folder, 'packages', name);
  mkdirSync(output, { recursive: true });
  const program = path.join(folder, 'node_modules/serverless/bin/serverless.js');
  const packaging: Ended = await runNode({
    args: [program, 'package', '--stage', stage, '--package', output],
    folder,
    environment: { ...parameters, TMPDIR: temporary },
    limitMs: LIMIT_MS,
  });
  if (packaging.status !== 0) throw new Error(`sls package for ${name}:\n${packaging.output}`);
  const compiled = path.join(output, 'cloudformation-template-update-stack.json');
  cpSync(compiled, path.join(folder, `${name}.json`));
  const template = JSON.parse(readFileSync(compiled, 'utf8')) as Template;
  for (const [key, documents] of Object.entries(policiesOf(template, placeOf(stage))))
    for (const [index, document] of documents.entries())
      writeFileSync(
        path.join(folder, POLICIES, `${name}-${key}-${index}.json`),
        JSON.stringify(document),
      );
  return `${name}.json`;
}

const workspace = createWorkspace();
try {
  process.exitCode = await lintTemplates(workspace);
} catch (error) {
  tell((error as Error).message);
  process.exitCode = 2;
} finally {
  workspace.remove();
}
