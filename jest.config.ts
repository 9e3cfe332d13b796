import { availableParallelism } from 'node:os';
import type { Config } from 'jest';
import { keepCompiledCode } from './common/compileCache.ts';

// Also for the workers, and for every command that a test starts.
keepCompiledCode();

const shared: Config = {
  testEnvironment: 'node',
  // Its own place is the system's temporary folder, where a test run is to leave nothing.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: [
    '<rootDir>/\\.(local|serverless|venv|esbuild)',
    '<rootDir>/test/fixtures/.*/\\.serverless',
  ],
};

/**
 * `unit` needs nothing but Node, `manifest` packages the service, `journeys` start `sls local` (or take the stage that
 * JOURNEY_TARGET describes), send it requests and read its tables.
 */
export default {
  coverageProvider: 'v8',
  // Most of the time goes to processes that the tests start, and to waiting for what they do: with a worker a core, two
  // cores idle a quarter of it.
  maxWorkers: Math.max(4, availableParallelism()),
  // For what hangs alone: two starts of a thread have taken 5 s beside another test run.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: [
        '<rootDir>/functions',
        '<rootDir>/lib',
        '<rootDir>/local',
        '<rootDir>/console',
        '<rootDir>/common',
        '<rootDir>/contracts',
        '<rootDir>/ops',
        '<rootDir>/loadtest',
        '<rootDir>/simulation',
        '<rootDir>/test/behaviours',
        '<rootDir>/test/bench',
        '<rootDir>/test/facts',
        '<rootDir>/test/faults',
        '<rootDir>/test/mutants',
      ],
      testMatch: ['**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'manifest',
      roots: ['<rootDir>/test/manifest'],
      testMatch: ['**/*.test.ts'],
      globalSetup: '<rootDir>/test/manifest/globalSetup.ts',
      globalTeardown: '<rootDir>/test/manifest/globalTeardown.ts',
    },
    {
      ...shared,
      displayName: 'journeys',
      roots: ['<rootDir>/test/journeys'],
      testMatch: ['**/*.test.ts'],
      globalSetup: '<rootDir>/test/journeys/globalSetup.ts',
      globalTeardown: '<rootDir>/test/journeys/globalTeardown.ts',
    },
  ],
} satisfies Config;
