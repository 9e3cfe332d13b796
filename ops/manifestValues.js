import { sizing } from './sizing.ts';

/** What `serverless.yml` reads of our parameters. `sls local` is a stage of its own, other commands start from `dev`. */
function manifestValues({ options }) {
  const stage = options.stage ?? (process.argv[2] === 'local' ? 'local' : 'dev');
  return { stage, ...sizing(process.env, stage) };
}

// osls loads this file with `require`, and an export of this name is then the whole module.
export { manifestValues as 'module.exports' };
