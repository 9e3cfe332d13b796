import { afterAll, describe, expect, it } from '@jest/globals';
import { functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas } from '../testing/startLambda.ts';

afterAll(stopLambdas);

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
describe('a package', () => {
  it('of ES modules runs: top-level await, import.meta, names that it declares itself', async () => {
    const { call } = await startLambda([
      functionModel(
        {
          'package.json': '{"type":"module"}',
          'functions/work.js': `
            import process, { env, versions } from 'node:process';
            import { readFileSync } from 'node:fs';
            import { colour } from '../lib/colour.js';
            import legacy, { size } from '../lib/legacy.cjs';
            const fetch = 'mine';
            const late = await Promise.resolve('late');
            export const handler = async () => {
              const { lazy } = await import('../lib/lazy.mjs');
              const text = readFileSync(new URL('../note.txt', import.meta.url), 'utf8');
              return [colour, size, legacy.size, late, lazy, text, fetch, env === process.env, env.AWS_LAMBDA_FUNCTION_NAME, versions === process.versions];
            };`,
          'lib/colour.js': `export const colour = 'red';`,
          'lib/legacy.cjs': `exports.size = 'small';`,
          'lib/lazy.mjs': `export const lazy = 'lazy';`,
          'note.txt': 'a file of its own',
        },
        { handler: 'functions/work.handler' },
      ),
    ]);

    expect((await call()).answer).toEqual([
      'red',
      'small',
      'small',
      'late',
      'lazy',
      'a file of its own',
      'mine',
      true,
      'shop-test-work',
      true,
    ]);
  });

  it('of several CommonJS files runs: relative files, JSON, node_modules, nested exports', async () => {
    const { call } = await startLambda([
      functionModel(
        {
          'app.cjs': `
            const process = require('process');
            const { double } = require('./lib/double');
            const { unit } = require('shop-units');
            exports.shop = { handler: async ({ n }) => [double(n), unit, require('./config.json').colour, process.env.AWS_REGION, (await import('./lib/lazy.mjs')).lazy] };`,
          'lib/double.js': 'exports.double = (n) => 2 * n;',
          'lib/lazy.mjs': `export const lazy = 'lazy';`,
          'config.json': '{"colour":"red"}',
          'node_modules/shop-units/package.json': '{"main":"main.js"}',
          'node_modules/shop-units/main.js': `exports.unit = 'kg';`,
        },
        { handler: 'app.shop.handler' },
      ),
    ]);

    expect((await call({ n: 21 })).answer).toEqual([42, 'kg', 'red', 'us-east-1', 'lazy']);
  });

  it('that brings no SDK along finds the one of the runtime', async () => {
    const { call } = await startLambda([
      functionModel(`const { SQSClient } = require('@aws-sdk/client-sqs');
        exports.handler = async () => new SQSClient({}).config.region();`),
    ]);

    expect((await call()).answer).toBe('us-east-1');
  });

  it('that misses a client which Lambda would have is told how to get it', async () => {
    const { call } = await startLambda([
      functionModel(`exports.handler = async () => require('@aws-sdk/client-nobody').x;`),
    ]);

    expect((await call()).error?.errorMessage).toContain(
      'npm install --save-dev @aws-sdk/client-nobody',
    );
  });
});
