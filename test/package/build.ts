import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../support/workspace.ts';

const NAME = 'flash-local';
const PAGE = 'console/page';
/** Files that are started or bundled by their names, which the compiler leaves as they are. */
const BY_NAME = /(new URL\('\.\/[\w/]+|'frameEntry)\.ts'/g;
const README = `# ${NAME}

Runs a Serverless Framework service, or a template of CDK or SAM, on this machine: HTTP API, Lambda with its concurrency,
SQS, SNS, DynamoDB and schedules, with no AWS account, no Docker and no token. Needs Node.js 24.

    npm install --save-dev ${NAME}

In serverless.yml (Serverless Framework 3 or osls): \`plugins: [${NAME}]\`, then \`npx serverless local\`. Without a
framework: \`npx ${NAME} --template cdk.out/Shop.template.json\`. Both take \`--help\`.
`;

/** Compiles the runtime and the console's frame into a folder that \`npm pack\` makes a package of. */
export async function buildPackage(folder: string): Promise<void> {
  const project = path.join(ROOT, 'test/package/tsconfig.json');
  execFileSync(process.execPath, [
    path.join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    project,
    '--outDir',
    folder,
  ]);
  await bundlePage(folder);
  const files = globSync('**/*.js', { cwd: folder }).map((name) => path.join(folder, name));
  for (const file of files)
    writeFileSync(file, readFileSync(file, 'utf8').replace(BY_NAME, "$1.js'"));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(description(files), null, 2));
  writeFileSync(path.join(folder, 'README.md'), README);
  copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
}

async function bundlePage(folder: string): Promise<void> {
  const outdir = path.join(folder, PAGE);
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: ['frameEntry.ts', 'page.css'].map((name) => path.join(ROOT, PAGE, name)),
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser'],
  });
  copyFileSync(path.join(ROOT, PAGE, 'index.html'), path.join(outdir, 'index.html'));
}

function description(files: string[]) {
  const root = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const versions: Record<string, string> = { ...root.dependencies, ...root.devDependencies };
  const imported = files.flatMap((file) =>
    Array.from(
      readFileSync(file, 'utf8').matchAll(/(?:from |import\(|resolve\()'((?:@[\w-]+\/)?[\w-]+)/g),
      ([, name = '']) => name,
    ),
  );
  // Lambda's runtime brings it along, and most projects use it.
  const names = [...new Set([...imported, '@aws-sdk/lib-dynamodb'])].filter(
    (name) => versions[name],
  );
  return {
    name: NAME,
    version: root.version,
    description: 'Runs Serverless, CDK and SAM services on one machine, with no AWS account',
    license: root.license,
    type: 'module',
    main: 'local/plugin.js',
    bin: { [NAME]: 'local/templateCommand.js' },
    engines: { node: '>=24' },
    dependencies: Object.fromEntries(names.sort().map((name) => [name, versions[name]])),
  };
}
