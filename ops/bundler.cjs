const { createRequire } = require('node:module');
const { join } = require('node:path');

/** Commands that package nothing: the bundler would take most of their start. */
const OPERATING = 'workers reconcile stock breaker status orders dlq plan'.split(' ');

module.exports = OPERATING.includes(process.argv[2]) ? class NoBundler {} : bundler();

function bundler() {
  const file = require.resolve('serverless-esbuild');
  const load = createRequire(file);
  for (const name of ['effect', '@effect/platform', '@effect/platform-node'])
    loadByPart(name, load);
  // The variable is set where `sls local` packages in a process of its own.
  if (process.argv[2] === 'local' || process.env.SLS_LOCAL_PACKAGING) keepBundlesOf(load);
  return require(file);
}

/** Of what stays on this machine: what is deployed is bundled anew. */
function keepBundlesOf(load) {
  const { keepBundles } = require('./keptBundles.ts');
  const esbuild = load('esbuild');
  const folder = join('.local', 'bundles');
  require.cache[load.resolve('esbuild')].exports = keepBundles(esbuild, process.cwd(), folder);
}

/** Of these hundreds of modules the bundler needs ten: each is loaded when it is asked for. */
function loadByPart(name, load) {
  const get = (_, part) => load(`${name}/${part}`);
  const filename = load.resolve(name);
  require.cache[filename] = {
    id: filename,
    filename,
    loaded: true,
    exports: new Proxy({}, { get }),
  };
}
