if (!process.features.typescript) {
  throw new Error(
    `Node ${process.versions.node} does not run TypeScript. Start this with npx or npm run: they take the Node that npm ci installed.`,
  );
}
// The framework, its plugins and their threads.
require('../common/compileCache.ts').keepCompiledCode();
const { UsageError } = require('../common/usageError.ts');
const { sizing } = require('./parameters.ts');

/** Operating a stage needs none of what it was deployed with. */
const isForAws = () =>
  ['package', 'deploy', 'preflight', 'print'].includes(
    process.argv.slice(2).find((word) => !word.startsWith('-')),
  );

/** What `serverless.yml` reads of our parameters. `sls local` is a stage of its own, other commands start from `dev`. */
module.exports = function manifestValues({ options }) {
  const stage = options.stage ?? (process.argv[2] === 'local' ? 'local' : 'dev');
  const isHelp = ['--help', '-h'].some((flag) => process.argv.includes(flag));
  try {
    return { stage, ...sizing(isHelp ? {} : process.env, stage, !isHelp && isForAws()) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // Thrown, it would stand in twenty lines of the framework's.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};
