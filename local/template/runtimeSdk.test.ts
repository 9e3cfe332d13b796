import { afterAll, expect, it } from '@jest/globals';
import { functionModel, removeZips } from '../lambda/testing/functions.ts';
import { missingClients } from './runtimeSdk.ts';

afterAll(removeZips);

// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
it('lists a client that Lambda has and this machine has not, unless the package brings it', () => {
  const functions = [
    functionModel(`require('@aws-sdk/client-sqs'); require('@aws-sdk/client-none');`),
    functionModel({
      'index.js': `require("@aws-sdk/client-other");`,
      'node_modules/@aws-sdk/client-other/index.js': `require('@smithy/none');`,
    }),
  ];

  expect(missingClients(functions, process.cwd())).toEqual([
    {
      what: 'WorkLambdaFunction.Code',
      why: "@aws-sdk/client-none is in Lambda's runtime and not on this machine: npm install --save-dev @aws-sdk/client-none",
    },
  ]);
});

it('takes what a bundled SDK has in its texts for no client', () => {
  const bundled = `const tag = "@smithy/ope", Symbol.for("@aws-sdk/reviver"); "@aws-sdk/nested-clients/sso";
    throw new Error('register it by calling [require("@aws-sdk/signature-v4-crt");] or [import "@aws-sdk/signature-v4-crt";]');
    import{SNS}from"@aws-sdk/client-first";await import('@aws-sdk/client-second');import"@aws-sdk/client-third";`;

  const listed = missingClients([functionModel({ 'index.mjs': bundled })], process.cwd());

  expect(listed.map(({ why }) => why.split(' ')[0])).toEqual([
    '@aws-sdk/client-first',
    '@aws-sdk/client-second',
    '@aws-sdk/client-third',
  ]);
});
