import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Code, functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas } from '../testing/startLambda.ts';

afterAll(stopLambdas);

async function answerOf(code: Code, handler = 'index.handler'): Promise<unknown> {
  const { call } = await startLambda([functionModel(code, { handler })]);
  return (await call()).answer;
}

describe('a function loads modules as Node.js does:', () => {
  // https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
  it('require() of an ES module gives what it exports', async () => {
    const code = {
      'index.js': `const { greet } = require('./greet.mjs'); const whole = require('shop');
        exports.handler = async () => [greet, whole];`,
      'greet.mjs': `export const greet = 'hello';`,
      'node_modules/shop/package.json': '{"type":"module","exports":"./main.js"}',
      'node_modules/shop/main.js': `const open = true; export { open as 'module.exports' };`,
    };

    expect(await answerOf(code)).toEqual(['hello', true]);
  });

  // https://nodejs.org/api/packages.html#conditional-exports
  it('import takes the condition "import", require() takes "require"', async () => {
    const code = {
      'index.mjs': `import { createRequire } from 'node:module'; import { by } from 'both';
        export const handler = async () => [by, createRequire(import.meta.url)('both').by, import.meta.resolve('both').split('/').at(-1)];`,
      'node_modules/both/package.json':
        '{"exports":{".":{"import":"./i.mjs","require":"./r.cjs"}}}',
      'node_modules/both/i.mjs': `export const by = 'import';`,
      'node_modules/both/r.cjs': `exports.by = 'require';`,
    };

    expect(await answerOf(code)).toEqual(['import', 'require', 'i.mjs']);
  });

  // https://nodejs.org/api/esm.html#json-modules
  it('import() of JSON takes its attribute in code of either kind', async () => {
    const code = {
      'index.js': `exports.handler = async () => [
        (await import('./list.json', { with: { type: 'json' } })).default,
        await (await import('./es.mjs')).list(),
      ];`,
      'es.mjs': `export const list = async () => (await import('./list.json', { with: { type: 'json' } })).default;`,
      'list.json': '[1]',
    };

    expect(await answerOf(code)).toEqual([[1], [1]]);
  });

  // https://tc39.es/ecma262/#sec-ContinueDynamicImport
  it('one module imported twice at once is evaluated once, and waited for', async () => {
    const code = {
      'index.mjs': `const load = () => import('./slow.mjs').then(({ value }) => value);
        export const handler = async () => Promise.all([load(), load()]);`,
      'slow.mjs': `await new Promise((resolve) => setTimeout(resolve, 20)); export const value = 1;`,
    };

    expect(await answerOf(code)).toEqual([1, 1]);
  });

  // https://nodejs.org/api/modules.html#the-module-object
  it('a module has its cache, paths, children and a require of its own', async () => {
    const code = {
      'index.js': `const list = module.require('./list.json');
        exports.handler = async () => [list, Object.keys(require.cache).length, module.paths[0].endsWith('/node_modules'), module.children.length];`,
      'list.json': '[1]',
    };

    expect(await answerOf(code)).toEqual([[1], 2, true, 1]);
  });
});

// https://nodejs.org/api/esm.html
describe('a module that imports', () => {
  it('needs the attribute of JSON each time, resolves what is not there, and sees a changed built-in once it is synced', async () => {
    const code = {
      'data.json': '{"a":1}',
      'legacy.cjs': 'exports.size = 1;',
      'index.mjs': `import fs, { readFileSync } from 'node:fs'; import module, { syncBuiltinESMExports } from 'node:module';
        import data from './data.json' with { type: 'json' }; import * as legacy from './legacy.cjs';
        export const handler = async () => {
          const again = await import('./data.json').catch(({ code }) => code);
          const real = fs.readFileSync; fs.readFileSync = () => 'changed'; syncBuiltinESMExports();
          const read = readFileSync('x'); fs.readFileSync = real; syncBuiltinESMExports();
          return [data.a, again, import.meta.resolve('./none.mjs').endsWith('/none.mjs'), read, Object.keys(legacy).sort(),
            module === module.createRequire(import.meta.url)('module')];
        };`,
    };

    expect(await answerOf(code)).toEqual([
      1,
      'ERR_IMPORT_ATTRIBUTE_MISSING',
      true,
      'changed',
      ['default', 'module.exports', 'size'],
      true,
    ]);
  });
});

describe('the globals of an environment', () => {
  // https://tc39.es/ecma262/#sec-global-object
  it('are those that its code sets: by globalThis, by a bare name, by defineProperty', async () => {
    const code = `globalThis.fetch = async () => 'mine'; shop = 1;
      Object.defineProperty(globalThis, 'Request', { value: 'own' });
      exports.handler = async () => [await fetch(), globalThis.shop, Request, typeof Headers];`;

    expect(await answerOf(code)).toEqual(['mine', 1, 'own', 'function']);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
  it('are not those of another environment, nor are changed prototypes', async () => {
    const code = `Array.prototype.calls = 0;
      const fs = require('node:fs');
      exports.handler = async ({ folder, name }) => {
        globalThis.count = (globalThis.count ?? 0) + 1; Array.prototype.calls += 1;
        fs.writeFileSync(folder + '/' + name, '');
        while (fs.readdirSync(folder).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        return [count, [].calls];
      };`;
    const { call } = await startLambda([functionModel(code, { timeoutSeconds: 30 })]);
    const folder = mkdtempSync(path.join(tmpdir(), 'both-'));

    const answers = await Promise.all(['one', 'two'].map((name) => call({ folder, name })));
    rmSync(folder, { recursive: true });

    expect(answers.map(({ answer }) => answer)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  // https://nodejs.org/api/globals.html#class-websocket
  it('have the classes of the web, whichever environment is the first to ask for one', async () => {
    const code = `exports.handler = async () => {
      const classes = [WebSocket, FormData, MessageEvent, CloseEvent, Response].map((one) => typeof one);
      const answer = await fetch('data:,fetched');
      await new Promise((resolve) => setTimeout(resolve, 300));
      return [...classes, answer instanceof Response, await answer.text()];
    };`;
    const { call } = await startLambda([functionModel(code)]);

    const answers = await Promise.all([call(), call()]);

    const expected = [...Array(5).fill('function'), true, 'fetched'];
    expect(answers.map(({ answer }) => answer)).toEqual([expected, expected]);
  });

  // https://nodejs.org/api/globals.html
  it('have nothing of the script that runs them', async () => {
    const code = {
      'index.mjs': `export const handler = async () => [typeof require, typeof module, typeof fs, typeof crypto];`,
    };

    expect(await answerOf(code)).toEqual(['undefined', 'undefined', 'undefined', 'object']);
  });
});
