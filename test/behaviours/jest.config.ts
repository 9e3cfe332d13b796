import path from 'node:path';
import type { Config } from 'jest';
import projects from '../../jest.config.ts';

const [unit] = projects.projects;

/** What AWS does and this runtime does alike. Every test in these files needs the source of its rule. */
const AS_ON_AWS = [
  '<rootDir>/local/{lambda,gateway}/**/*.test.ts',
  '<rootDir>/local/emulators/{topic,table}*.test.ts',
  '<rootDir>/local/template/{deployChecks,deployRules/deployRules,resolve}.test.ts',
];

/** What is this runtime's own: no rule of AWS stands behind it. */
const OUR_OWN = [
  'environments/host/',
  'asyncEvents/asyncEventStore',
  'environments/startPace',
  'environments/childProcesses',
  'lambda/stopping',
  'gateway/connections',
  'gateway/gatewayStats',
];

export default {
  ...unit,
  displayName: 'behaviours',
  rootDir: path.resolve(import.meta.dirname, '../..'),
  roots: ['<rootDir>/local'],
  testMatch: AS_ON_AWS,
  testPathIgnorePatterns: OUR_OWN,
  testLocationInResults: true,
  reporters: ['default', '<rootDir>/test/behaviours/reporter.ts'],
} satisfies Config;
