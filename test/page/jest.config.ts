import path from 'node:path';
import type { Config } from 'jest';
import projects from '../../jest.config.ts';

const [unit] = projects.projects;

/** Apart from the other tests: these need a browser, and Python for the load. */
export default {
  ...unit,
  displayName: 'page',
  rootDir: path.resolve(import.meta.dirname, '../..'),
  roots: ['<rootDir>/test/page'],
  testMatch: ['**/*.test.ts'],
  testTimeout: 120_000,
} satisfies Config;
