import { once } from 'node:events';
import { request } from 'node:http';
import {
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { FunctionName, useApi } from '../testing/lambdaApi.ts';
import { until } from '../testing/startLambda.ts';

const api = useApi();

const payloadOf = ({ Payload }: { Payload?: { transformToString(): string } }) =>
  JSON.parse(Payload?.transformToString() || 'null') as unknown;

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
describe('Invoke', () => {
  it('answers with what the function answers', async () => {
    const answer = await api.client.send(
      new InvokeCommand({
        FunctionName,
        Payload: '{"n":1}',
        ClientContext: Buffer.from('{"custom":{"a":1}}').toString('base64'),
      }),
    );

    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(payloadOf(answer)).toEqual({ event: { n: 1 }, custom: { a: 1 } });
  });

  it('answers 200 with X-Amz-Function-Error when the function fails', async () => {
    const answer = await api.client.send(
      new InvokeCommand({ FunctionName, Payload: '{"fail":true}' }),
    );

    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(answer)).toMatchObject({ errorType: 'Error', errorMessage: 'no luck' });
  });

  it('brings the tail of the log where it is asked for', async () => {
    const { LogResult = '' } = await api.client.send(
      new InvokeCommand({ FunctionName, LogType: 'Tail' }),
    );

    const log = Buffer.from(LogResult, 'base64').toString();
    expect(log).toMatch(
      /^START RequestId: .*\n.*\tINFO\tseen\nEND RequestId: .*\nREPORT RequestId: .*\n$/,
    );
  });

  it('brings no more than the last 4 KB of the log', async () => {
    const { LogResult = '' } = await api.client.send(
      new InvokeCommand({ FunctionName, LogType: 'Tail', Payload: '{"words":5000}' }),
    );

    const log = Buffer.from(LogResult, 'base64');
    expect(log.length).toBe(4096);
    expect(log.toString()).toMatch(
      /^\w{0,4} word word .*word\nEND RequestId: .*\nREPORT RequestId: .*\n$/,
    );
  });

  it('of type Event answers 202 and runs afterwards', async () => {
    api.lines.length = 0;

    const answer = await api.client.send(
      new InvokeCommand({ FunctionName, InvocationType: 'Event' }),
    );

    expect(answer.StatusCode).toBe(202);
    expect(answer).not.toHaveProperty('ExecutedVersion');
    await until(() => api.lines.some((line) => line.startsWith('REPORT')));
  });

  it('of type DryRun answers 204 and runs nothing', async () => {
    api.lines.length = 0;

    const answer = await api.client.send(
      new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }),
    );

    expect(answer.StatusCode).toBe(204);
    expect(api.lines).toEqual([]);
  });

  it('is refused when the function is unknown, or the payload no JSON or too large for its type', async () => {
    const invoke = (name: string, Payload: string) =>
      api.client.send(new InvokeCommand({ FunctionName: name, Payload }));

    await expect(invoke('other', '{}')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:other:$LATEST',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(invoke(FunctionName, '{')).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(invoke(FunctionName, JSON.stringify('x'.repeat(6_291_456)))).rejects.toMatchObject(
      {
        name: 'RequestTooLargeException',
        $metadata: { httpStatusCode: 413 },
      },
    );
    const event = {
      InvocationType: 'Event' as const,
      Payload: JSON.stringify('x'.repeat(1_048_576)),
    };
    await expect(
      api.client.send(new InvokeCommand({ FunctionName, ...event })),
    ).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  });

  it('without concurrency answers 429 with the reason and Retry-After', async () => {
    await api.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );

    await expect(api.client.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      retryAfterSeconds: '1',
      $metadata: { httpStatusCode: 429 },
    });
    await api.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_Errors
it.each([
  ['/2015-03-31/functions/%', 400, 'ValidationException'],
  ['/2015-03-31/functions/%E0%A4%A', 400, 'ValidationException'],
  ['/2015-03-31/event-source-mappings/%', 404, 'ResourceNotFoundException'],
  ['//', 404, 'UnknownOperationException'],
])('answers GET %s with %i', async (path, status, type) => {
  const sent = request({ port: new URL(api.url).port, path, agent: false }).end();
  const [answer] = await once(sent, 'response');

  expect(answer.statusCode).toBe(status);
  expect(answer.headers['x-amzn-errortype']).toBe(type);
  answer.resume();
});

// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
it('answers an operation that is not run locally by its name', async () => {
  const answer = await fetch(`${api.url}/2015-03-31/functions`, { method: 'POST', body: '{}' });

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({
    Message: expect.stringContaining('POST /2015-03-31/functions'),
  });
});

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
it.each([
  ['GET', '2015-03-31/functions/', 200],
  ['GET', '2015-03-31/event-source-mappings/', 200],
  ['GET', '2016-08-19/account-settings/', 200],
  ['GET', `2015-03-31/functions/${FunctionName}/`, 404],
  ['DELETE', `2017-10-31/functions/${FunctionName}/concurrency/`, 404],
])(
  'takes a slash at the end of a list alone: %s /%s is answered %i',
  async (method, path, status) => {
    const answer = await fetch(`${api.url}/${path}`, { method });

    expect(answer.status).toBe(status);
    await answer.body?.cancel();
  },
);
