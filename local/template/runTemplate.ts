import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Flags, readCommandLine } from '../../common/commandFlags.ts';
import { UsageError } from '../../common/usageError.ts';
import { LOCAL_OPTIONS, readOptions } from '../options.ts';
import { type Run, runLocally } from '../runLocally.ts';
import type { ServiceView } from '../serviceView.ts';
import { packageTemplate } from './forms/packagedTemplate.ts';

const COMMAND = 'flash-local';
const { watch: _, ...SHARED } = LOCAL_OPTIONS;
const FLAGS: Flags = {
  template: { usage: 'Template of CDK, SAM or CloudFormation: YAML or JSON', type: 'string' },
  assets: {
    usage: "Folder of the functions' code (default: that of the template)",
    type: 'string',
  },
  'stack-name': {
    usage: 'Name of the stack (default: that of the file or its folder)',
    type: 'string',
  },
  ...SHARED,
};

const HELP = [
  `${COMMAND} --template FILE [--assets FOLDER] runs a template on this machine, with no AWS account.`,
  '',
  ...Object.entries(FLAGS).map(([name, { usage }]) => `  --${name.padEnd(14)} ${usage}`),
].join('\n');

/** Runs what `cdk synth`, `sam build` or nobody but its author wrote, without a framework. Gives the exit status. */
export async function runTemplate(args: string[], console: ServiceView): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const { faults } = readCommandLine([COMMAND, ...args], FLAGS, 0);
  if (faults.length > 0) throw new UsageError(faults.join('\n').replaceAll('sls ', ''));
  const { template, assets, 'stack-name': stackName, ...flags } = valuesOf(args);
  if (typeof template !== 'string') throw new UsageError('--template: needs a value, got none');
  const templateFile = path.resolve(template);
  const assetsDirectory = path.resolve(String(assets ?? path.dirname(templateFile)));
  return runLocally({
    options: readOptions(flags, process.env),
    service: typeof stackName === 'string' ? stackName : stackNameOf(templateFile),
    console,
    stage: 'local',
    region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
    serviceDirectory: process.cwd(),
    stackParameters: {},
    ...packaging({ templateFile, assetsDirectory }),
    onStep: () => {},
    print: (text) => void process.stdout.write(`${text}\n`),
  });
}

function packaging(place: Parameters<typeof packageTemplate>[0]) {
  const packageService: Run['packageService'] = async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'package-'));
    packageTemplate(place, folder);
    return folder;
  };
  const packageAgain: Run['packageAgain'] = async (folder) => packageTemplate(place, folder);
  return { packageService, packageAgain };
}

function valuesOf(args: string[]): Record<string, unknown> {
  const options = Object.entries(FLAGS).map(([name, { type }]) => [
    name,
    { type: type === 'boolean' ? type : 'string', multiple: type === 'multiple' } as const,
  ]);
  return parseArgs({ args, options: Object.fromEntries(options) }).values;
}

/** `Shop.template.json` of CDK is the stack Shop; a `template.yaml` is called as its project, also when it was built. */
function stackNameOf(templateFile: string): string {
  const [name = ''] = path.basename(templateFile).split('.');
  const folders = path.dirname(templateFile).replace(/[\\/]\.aws-sam[\\/]build$/, '');
  const given = name === 'template' ? path.basename(folders) : name;
  return given.replace(/[^A-Za-z0-9-]/g, '-');
}
