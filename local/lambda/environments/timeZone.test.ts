import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const ASKING = `
  import { functionModel } from '${new URL('../testing/functions.ts', import.meta.url)}';
  import { startLambda, stopLambdas } from '${new URL('../testing/startLambda.ts', import.meta.url)}';
  const model = functionModel(\`exports.handler = async () => [
    new Date(0).getHours(),
    new Date(2026, 6, 1).toISOString(),
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  ];\`);
  const { call } = await startLambda([model]);
  console.log(JSON.stringify((await call()).answer));
  await stopLambdas();`;

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime (TZ)
it('a function runs in UTC, wherever the machine is', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', ASKING],
    { env: { ...process.env, TZ: 'Asia/Tokyo' } },
  );

  expect(JSON.parse(stdout)).toEqual([0, '2026-07-01T00:00:00.000Z', 'UTC']);
});
