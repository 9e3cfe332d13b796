import { afterAll, describe, expect, it } from '@jest/globals';
import { type Code, functionModel } from '../testing/functions.ts';
import { startLambda, stopLambdas } from '../testing/startLambda.ts';

afterAll(stopLambdas);

async function answerOf(code: Code, changes: Parameters<typeof functionModel>[1] = {}) {
  const { call } = await startLambda([functionModel(code, changes)]);
  const { answer, error } = await call();
  return error ?? answer;
}

describe('the process of a function', () => {
  // https://nodejs.org/api/process.html#processchdirdirectory
  it('does not go into a folder that is not there', async () => {
    const code = `exports.handler = async () => {
        try { process.chdir('/tmp/none'); } catch ({ code }) { return [code, process.cwd() === process.env.LAMBDA_TASK_ROOT]; }
      };`;

    expect(await answerOf(code)).toEqual(['ENOENT', true]);
  });

  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  it('reaches no host of AWS by a connection of its own', async () => {
    const code = `const [net, tls, http2] = ['net', 'tls', 'http2'].map((name) => require(name));
      const host = 'kinesis.eu-west-1.amazonaws.com';
      const faultOf = (connect) => new Promise((resolve) => {
        try { connect().once('error', resolve); } catch (error) { resolve(error); }
      });
      exports.handler = async () => (await Promise.all([() => net.connect(443, host), () => tls.connect({ host, port: 443 }),
        () => http2.connect('https://' + host)].map(faultOf))).map(({ code }) => code);`;

    const { call } = await startLambda([functionModel(code)], {
      endpoints: { services: {}, others: 'http://127.0.0.1:1' },
    });

    expect((await call()).answer).toEqual(['ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH']);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
  it('works in its package, with the variables of the runtime, and so do its children', async () => {
    const code = `const { execFileSync } = require('node:child_process'); const { env } = process;
      exports.handler = async () => [process.cwd() === env.LAMBDA_TASK_ROOT, env.PWD === env.LAMBDA_TASK_ROOT,
        execFileSync('pwd', { encoding: 'utf8' }).trim() === env.LAMBDA_TASK_ROOT, execFileSync('printenv', ['SHOP'], { encoding: 'utf8' }).trim(),
        env.PATH.startsWith('/var/lang/bin:'), Boolean(env.AWS_SESSION_TOKEN && env.AWS_LAMBDA_RUNTIME_API)];`;

    expect(await answerOf(code, { environment: { SHOP: 'open' } })).toEqual([
      true,
      true,
      true,
      'open',
      true,
      true,
    ]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
  it('cannot write its code, and has a /tmp that no other function sees', async () => {
    const code = `const fs = require('node:fs');
      exports.handler = async () => {
        const seen = fs.existsSync('/tmp/mark'); fs.writeFileSync('/tmp/mark', 'x');
        const codes = ['./own.txt', __filename].map((file) => { try { fs.writeFileSync(file, ''); } catch ({ code }) { return code; } });
        return [seen, fs.readdirSync('/tmp'), ...codes];
      };`;
    const functions = ['shop-test-one', 'shop-test-two'].map((name) =>
      functionModel(code, { name }),
    );
    const { call } = await startLambda(functions);

    for (const { name } of functions)
      expect((await call({}, name)).answer).toEqual([false, ['mark'], 'EROFS', 'EROFS']);
  });

  // https://nodejs.org/api/cli.html#node_optionsoptions
  it('takes NODE_OPTIONS: what it names is loaded before the code', async () => {
    const code = {
      'index.js': 'exports.handler = async () => globalThis.before;',
      'before.js': `globalThis.before = 'loaded';`,
    };

    expect(await answerOf(code, { environment: { NODE_OPTIONS: '-r ./before.js' } })).toBe(
      'loaded',
    );
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback
describe('a handler', () => {
  const CALLBACK = 'exports.handler = (event, context, callback) => callback(null, "called back");';

  it.each([
    ['a callback', CALLBACK, 'called back'],
    ['context.succeed', 'exports.handler = (event, context) => context.succeed("done");', 'done'],
    ['a promise', 'exports.handler = async () => "promised";', 'promised'],
  ])('of nodejs22.x answers by %s', async (_how, code, answer) => {
    expect(await answerOf(code, { runtime: 'nodejs22.x' })).toBe(answer);
  });

  it('of nodejs22.x fails by the error it hands to its callback', async () => {
    const code = `exports.handler = (event, context, callback) => callback(new RangeError('no'));`;

    expect(await answerOf(code, { runtime: 'nodejs22.x' })).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'no',
    });
  });

  it('of nodejs24.x takes no callback, unless it is async and ignores it', async () => {
    const ignoring = 'exports.handler = async (event, context, callback) => typeof callback;';

    expect(await answerOf(CALLBACK)).toMatchObject({
      errorType: 'Runtime.CallbackHandlerDeprecated',
    });
    expect(await answerOf(ignoring)).toBe('undefined');
  });
});

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
describe('a request to AWS', () => {
  it('stays on the machine, by fetch and by node:https alike', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((request, response) =>
      response.end(`here ${request.url} for ${request.headers['x-forwarded-host']}`),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const others = `http://127.0.0.1:${port}`;
    const code = `const https = require('node:https');
      const get = (url) => new Promise((resolve, reject) => https.get(url, (response) => response.on('data', (data) => resolve(String(data)))).on('error', reject));
      exports.handler = async () => [await (await fetch('https://ses.eu-west-1.amazonaws.com/a')).text(), await get('https://bucket.s3.amazonaws.com/b'),
        await (await fetch('https://sqs.eu-west-1.amazonaws.com./c')).text(), await (await fetch('http://169.254.169.254/d')).text()];`;
    const { call } = await startLambda([functionModel(code)], {
      endpoints: { services: {}, others },
    });

    const { answer } = await call();
    server.close();

    expect(answer).toEqual([
      'here /a for ses.eu-west-1.amazonaws.com',
      'here /b for bucket.s3.amazonaws.com',
      'here /c for sqs.eu-west-1.amazonaws.com.',
      'here /d for 169.254.169.254',
    ]);
  });
});
