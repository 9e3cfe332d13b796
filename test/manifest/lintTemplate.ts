import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pythonTools } from '../../common/pythonTools.ts';
import { type Ended, runCommand, runNode } from '../e2e/child.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const STAGES = ['dev', 'prod'];
const LIMIT_MS = 180_000;
/** W3005: the framework adds `DependsOn` where a reference already makes the order; that changes nothing. */
const SUPPRESSED = ['W3005'];

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** cfn-lint over what the manifest compiles to. A warning is a fault, too: it is fixed, or suppressed with a reason. */
async function lintTemplates(workspace: Workspace): Promise<number> {
  const requirements = 'test/manifest/requirements.txt';
  const cfnLint = await pythonTools({ name: 'lint', requirements, onProgress: tell });
  const templates = [];
  for (const stage of STAGES) templates.push(await compile(workspace, stage));
  const { status, stdout } = await runCommand({
    command: cfnLint.command('cfn-lint'),
    args: [
      '--ignore-checks',
      ...SUPPRESSED,
      '--non-zero-exit-code',
      'informational',
      '--',
      ...templates,
    ],
    folder: workspace.folder,
    environment: {},
    limitMs: LIMIT_MS,
  });
  process.stdout.write(stdout);
  const verdict = status === 0 ? 'no fault' : 'see above';
  process.stdout.write(
    `cfn-lint ${cfnLint.version('cfn_lint')}, stages ${STAGES.join(' and ')}: ${verdict}\n`,
  );
  return status === 0 ? 0 : 1;
}

/** The template of a stage, under a name that tells which. */
async function compile({ folder, temporary }: Workspace, stage: string): Promise<string> {
  const output = path.join(folder, 'packages', stage);
  mkdirSync(output, { recursive: true });
  const program = path.join(folder, 'node_modules/serverless/bin/serverless.js');
  const packaging: Ended = await runNode({
    args: [program, 'package', '--stage', stage, '--package', output],
    folder,
    environment: { TMPDIR: temporary },
    limitMs: LIMIT_MS,
  });
  if (packaging.status !== 0) throw new Error(`sls package --stage ${stage}:\n${packaging.output}`);
  cpSync(
    path.join(output, 'cloudformation-template-update-stack.json'),
    path.join(folder, `${stage}.json`),
  );
  return `${stage}.json`;
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
