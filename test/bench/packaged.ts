import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { unpackZip } from '../../local/lambda/environments/taskRoot.ts';
import type { FunctionModel } from '../../local/template/model.ts';
import { readTemplate } from '../../local/template/readTemplate.ts';
import { PARAMETERS } from '../../ops/parameters.ts';
import { runNode } from '../e2e/child.ts';
import type { Workspace } from '../support/workspace.ts';

const PACKAGE_WITHIN_MS = 120_000;
export const PLACE = {
  ...{ service: 'flash-sale', stage: 'bench', region: 'us-east-1' },
  ...{ apiUrl: 'http://127.0.0.1', sqsUrl: 'http://127.0.0.1' },
};

export interface PackagedFunction {
  model: FunctionModel;
  /** What Lambda would load. */
  file: string;
}

/** The zips that would be deployed, unpacked. */
export async function unpackFunctions({
  folder,
  temporary,
}: Workspace): Promise<PackagedFunction[]> {
  const { status, output } = await runNode({
    args: ['node_modules/serverless/bin/serverless.js', 'package', '--stage', PLACE.stage],
    folder,
    // What is shipped, whatever the shell says.
    environment: {
      ...Object.fromEntries(PARAMETERS.map((name) => [name, undefined])),
      TMPDIR: temporary,
    },
    limitMs: PACKAGE_WITHIN_MS,
  });
  if (status !== 0) throw new Error(`sls package ended with status ${status}:\n${output}`);
  const { functions } = readTemplate(path.join(folder, '.serverless'), PLACE);
  return functions.map((model) => {
    // Not in the folder, whose package.json says that a .js file is an ES module.
    const taskRoot = path.join(temporary, 'tasks', model.key);
    mkdirSync(taskRoot, { recursive: true });
    unpackZip(model.zipPath, taskRoot);
    return { model, file: path.join(taskRoot, model.handler.replace(/\.[^.]+$/, '.js')) };
  });
}
