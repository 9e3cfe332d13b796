/** Which part may import which: `npm run imports` checks it, types included. */

/**
 * Each part, and the parts it may import beside itself. A part that is not named may not be imported at all.
 * `tests` are what its tests may import beyond that; a single file that puts parts together is named by its path.
 */
const PARTS = {
  common: { mayImport: [] },
  contracts: { mayImport: ['lib/domain'] },
  'lib/domain': { mayImport: [], tests: ['lib/testing'] },
  'lib/adapters': { mayImport: ['lib/domain'], tests: ['lib/testing'] },
  'lib/platform': { mayImport: ['lib/domain'], tests: ['lib/testing', 'functions'] },
  functions: { mayImport: ['lib'], tests: ['lib/testing'] },
  local: { mayImport: ['common', 'contracts'], tests: ['console'] },
  'local/plugin.ts': { mayImport: ['common', 'local', 'console'] },
  'local/templateCommand.ts': { mayImport: ['common', 'local', 'console'] },
  console: { mayImport: ['common', 'contracts', 'local'] },
  'console/panels': {
    mayImport: [
      'common',
      'contracts',
      'console',
      'lib/domain',
      'lib/platform',
      'lib/adapters',
      'ops',
    ],
  },
  ops: {
    mayImport: ['common', 'contracts', 'lib/domain', 'lib/platform', 'lib/adapters'],
    tests: ['functions', 'lib/testing'],
  },
  'ops/plugin.ts': { mayImport: ['common', 'ops', 'simulation/plan'] },
  simulation: { mayImport: ['common', 'contracts', 'local'] },
  'simulation/plan': {
    mayImport: ['common', 'contracts', 'local', 'simulation', 'lib/domain', 'ops'],
  },
  'simulation/service': {
    mayImport: ['common', 'contracts', 'local', 'simulation', 'functions', 'lib', 'ops'],
  },
  loadtest: {
    mayImport: ['common', 'contracts', 'lib/domain', 'lib/platform', 'ops', 'simulation/plan'],
  },
};

/** Packages that only some parts may import. */
const PACKAGES = [
  { name: 'contracts-packages', from: '^contracts/', only: ['zod'], why: 'a contract is a schema' },
  {
    name: 'domain-packages',
    from: '^lib/domain/',
    only: ['zod'],
    why: 'the rules of an order know no SDK and no framework',
  },
];

const ROOMS = [
  ...['common', 'contracts', 'console', 'functions', 'lib'],
  ...['local', 'loadtest', 'ops', 'simulation'],
];
const TESTS = '\\.test\\.ts$|/testing/';

/** A folder or a single file. */
const pathOf = (part) => (part.endsWith('.ts') ? `${part}$` : `${part}/`);
const partsIn = (part) => Object.keys(PARTS).filter((name) => name.startsWith(`${part}/`));

/** The files of a part, without those of parts inside it. */
const filesOf = (part) => ({
  path: `^${pathOf(part)}`,
  pathNot: partsIn(part).map((name) => `^${pathOf(name)}`),
});

const directions = Object.entries(PARTS).flatMap(([part, { mayImport, tests }]) => {
  const { path, pathNot } = filesOf(part);
  const allowed = [part, ...mayImport].flatMap(allowedPaths);
  const rule = (name, from, to) => ({
    name,
    severity: 'error',
    comment: `${part}/ imports nothing but ${mayImport.map((name) => `${name}/`).join(', ') || 'itself'}`,
    from,
    to: { path: `^(${ROOMS.join('|')})/`, pathNot: to },
  });
  return [
    rule(part, { path, pathNot: [...pathNot, TESTS] }, allowed),
    rule(`${part}-tests`, { path: [`${path}.*\\.test\\.ts$`, `${path}.*/?testing/`], pathNot }, [
      ...allowed,
      ...(tests ?? []).map((name) => `^${name}/`),
    ]),
  ];
});

/** Allowing a part does not allow the parts inside it: the frame of the console is not its panels. */
function allowedPaths(part) {
  if (part === 'lib') return ['^lib/'];
  const besides = partsIn(part).map((name) => pathOf(name).slice(part.length + 1));
  return [besides.length > 0 ? `^${part}/(?!${besides.join('|')})` : `^${part}/`];
}

const packages = PACKAGES.map(({ name, from, only, why }) => ({
  name,
  severity: 'error',
  comment: why,
  from: { path: from, pathNot: TESTS },
  to: { path: 'node_modules', pathNot: only.map((allowed) => `node_modules/${allowed}/`) },
}));

export default {
  forbidden: [
    ...directions,
    ...packages,
    {
      name: 'no-circle',
      severity: 'error',
      comment:
        'files that import one another, by types alone included, cannot be understood one by one',
      from: {},
      to: { circular: true },
    },
    {
      name: 'local-knows-no-orders',
      severity: 'error',
      comment: 'the runtime runs any service: nothing that it imports may lead to this one',
      from: { path: '^local/' },
      to: { path: '^(functions|lib|ops|loadtest|console/panels)/', reachable: true },
    },
    {
      name: 'only-adapters-talk-to-AWS',
      severity: 'error',
      comment: 'functions and lib/platform call AWS through lib/adapters',
      from: { path: '^(functions|lib/platform)/', pathNot: TESTS },
      to: { path: 'node_modules/@aws-sdk/' },
    },
    {
      name: 'nobody-imports-the-load-test',
      severity: 'error',
      comment: 'the load test measures the service from outside',
      from: { pathNot: '^loadtest/' },
      to: { path: '^loadtest/' },
    },
    {
      name: 'no-settings-of-functions-beside-a-service',
      severity: 'error',
      comment:
        'a service inherits the variables of the program that starts it: nothing that sets them on import may be in it',
      from: { path: '^(loadtest|ops|test)/', pathNot: TESTS },
      to: {
        path: '^(lib/testing/environment|simulation/service/serviceEnvironment)\\.ts$',
        reachable: true,
      },
    },
    {
      name: 'no-test-in-production',
      severity: 'error',
      comment: 'what runs outside tests imports no test and no helper of tests',
      from: { pathNot: [TESTS, '^test/', 'jest\\.config\\.ts$'] },
      to: { path: [TESTS, '^test/'] },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
      extensions: ['.ts', '.cjs', '.js', '.d.ts'],
    },
  },
};
