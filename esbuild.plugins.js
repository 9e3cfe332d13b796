import { join } from 'node:path';

/**
 * Two changes to what esbuild bundles, both for the time a cold start takes:
 * - An import of `node:http` from a module namespace runs getters that load undici; asking the process for the
 *   builtin does not.
 * - A Lambda function has its credentials in environment variables, so the chain that reads profiles, SSO and
 *   instance metadata (133 kB) stays out.
 */
const lazyHttp = {
  name: 'lazy-http',
  setup(build) {
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'builtin',
    }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

const environmentCredentials = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'environment-credentials',
      namespace: 'credentials',
      pluginData: { resolveDir },
    }));
    build.onLoad({ filter: /.*/, namespace: 'credentials' }, ({ pluginData }) => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: pluginData.resolveDir,
    }));
  },
};

/** Bundles one file in the place of another: a stage carries the code of what it has, and no other. */
const inPlaceOf = (file, other) => ({
  name: other,
  setup(build) {
    build.onResolve({ filter: new RegExp(`/${file}\\.ts$`) }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(file, other)),
    }));
  },
});

export default () => [
  lazyHttp,
  environmentCredentials,
  ...(process.env.STOCK === 'on' ? [] : [inPlaceOf('stockWiring', 'noStock')]),
  ...(process.env.PAYMENT_PROVIDER === 'http'
    ? [inPlaceOf('paymentWiring', 'httpPaymentWiring')]
    : []),
];
