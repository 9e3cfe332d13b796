if (!process.features.typescript) {
  throw new Error(
    `Node ${process.versions.node} does not run TypeScript. Start this with npx or npm run: they take the Node that npm ci installed.`,
  );
}
const { sizing } = require('./sizing.ts');

/** What `serverless.yml` reads of our parameters. `sls local` is a stage of its own, other commands start from `dev`. */
module.exports = function manifestValues({ options }) {
  const stage = options.stage ?? (process.argv[2] === 'local' ? 'local' : 'dev');
  return { stage, ...sizing(process.env, stage) };
};
