import { lambda } from './calls.ts';
import { type Fact, recording, refusal } from './fact.ts';

const FUNCTIONS = '/2015-03-31/functions';
const READ_CONCURRENCY = '/2019-09-30/functions';
const CONFIGS = '/2019-09-25/functions';
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const notFound = (name: string) =>
  refusal(404, 'ResourceNotFoundException', `Function not found: ${arn(name)}`);
const noConfig = (name: string) =>
  refusal(
    404,
    'ResourceNotFoundException',
    `The function ${arn(name)} doesn't have an EventInvokeConfig`,
  );
const MISMATCH = refusal(
  400,
  'InvalidParameterValueException',
  'The derived qualifier from the function name does not match the specified qualifier.',
);
const NO_FUNCTION = refusal(404, 'ResourceNotFoundException', "The function doesn't exist.");
const NO_RESOURCE = refusal(
  404,
  'ResourceNotFoundException',
  'The resource you requested does not exist.',
);
const ELSEWHERE = refusal(
  404,
  'ResourceNotFoundException',
  "Functions from 'eu-north-1' are not reachable in this region ('us-east-1')",
);
const there = encodeURIComponent('arn:aws:lambda:eu-north-1:000000000000:function:fact');
const NONE = '00000000-0000-0000-0000-000000000000';
const tooLow = refusal(
  400,
  'InvalidParameterValueException',
  "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
);

const api: [fact: string, ask: Fact['ask'], answer: unknown][] = [
  ['GetFunction of none is refused', lambda('GET', `${FUNCTIONS}/none`), notFound('none')],
  [
    'GetFunctionConfiguration of none is refused',
    lambda('GET', `${FUNCTIONS}/none/configuration`),
    notFound('none'),
  ],
  [
    'GetFunctionConcurrency of none is refused',
    lambda('GET', `${READ_CONCURRENCY}/none/concurrency`),
    notFound('none'),
  ],
  [
    'PutFunctionConcurrency of none names the version',
    lambda('PUT', '/2017-10-31/functions/none/concurrency', { ReservedConcurrentExecutions: 1 }),
    notFound('none:$LATEST'),
  ],
  [
    'GetFunction of a version that is not there names it',
    lambda('GET', `${FUNCTIONS}/fact?Qualifier=1221`),
    notFound('fact:1221'),
  ],
  [
    'GetFunctionConfiguration of a version that is not there names it',
    lambda('GET', `${FUNCTIONS}/fact/configuration?Qualifier=1221`),
    notFound('fact:1221'),
  ],
  [
    'two qualifiers that differ are refused by GetFunction',
    lambda('GET', `${FUNCTIONS}/${encodeURIComponent(`${arn('fact')}:1`)}?Qualifier=$LATEST`),
    MISMATCH,
  ],
  [
    'two qualifiers that differ are refused by GetFunctionConfiguration',
    lambda(
      'GET',
      `${FUNCTIONS}/${encodeURIComponent(`${arn('fact')}:1`)}/configuration?Qualifier=$LATEST`,
    ),
    MISMATCH,
  ],
  [
    'a function of another region is not reached by GetFunction',
    lambda('GET', `${FUNCTIONS}/${there}`),
    ELSEWHERE,
  ],
  [
    'a function of another region is not reached by Invoke',
    lambda('POST', `${FUNCTIONS}/${there}/invocations`, {}),
    ELSEWHERE,
  ],
  [
    'a function of another region is not reached by GetFunctionConcurrency',
    lambda('GET', `${READ_CONCURRENCY}/${there}/concurrency`),
    ELSEWHERE,
  ],
  [
    'a function of another region is not reached by GetFunctionEventInvokeConfig',
    lambda('GET', `${CONFIGS}/${there}/event-invoke-config`),
    ELSEWHERE,
  ],
  [
    'concurrency is reserved for a function alone',
    lambda(
      'PUT',
      `/2017-10-31/functions/${encodeURIComponent(`${arn('fact')}:$LATEST`)}/concurrency`,
      { ReservedConcurrentExecutions: 1 },
    ),
    refusal(
      400,
      'InvalidParameterValueException',
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    ),
  ],
  [
    'not more concurrency is reserved than the account has',
    lambda('PUT', '/2017-10-31/functions/fact/concurrency', { ReservedConcurrentExecutions: 1001 }),
    tooLow,
  ],
  [
    '100 stay unreserved',
    lambda('PUT', '/2017-10-31/functions/fact/concurrency', { ReservedConcurrentExecutions: 901 }),
    tooLow,
  ],
  [
    'a function without settings of asynchronous invocation has none',
    lambda('GET', `${CONFIGS}/fact/event-invoke-config`),
    noConfig('fact:$LATEST'),
  ],
  [
    'a function that is not there has no settings of asynchronous invocation',
    lambda('GET', `${CONFIGS}/none/event-invoke-config`),
    noConfig('none:$LATEST'),
  ],
  [
    'settings that are not there are not deleted',
    lambda('DELETE', `${CONFIGS}/fact/event-invoke-config`),
    noConfig('fact:$LATEST'),
  ],
  [
    'settings of none are not put',
    lambda('PUT', `${CONFIGS}/none/event-invoke-config`, { MaximumRetryAttempts: 1 }),
    NO_FUNCTION,
  ],
  [
    'settings of none are not changed',
    lambda('POST', `${CONFIGS}/none/event-invoke-config`, { MaximumRetryAttempts: 1 }),
    NO_FUNCTION,
  ],
  [
    'settings of none are not listed',
    lambda('GET', `${CONFIGS}/none/event-invoke-config/list`),
    NO_FUNCTION,
  ],
  [
    'settings that are not there are not changed',
    lambda('POST', `${CONFIGS}/fact/event-invoke-config`, { MaximumRetryAttempts: 1 }),
    noConfig('fact:$LATEST'),
  ],
  [
    'settings say something',
    lambda('PUT', `${CONFIGS}/fact/event-invoke-config`, {}),
    refusal(
      400,
      'InvalidParameterValueException',
      'You must specify at least one of error handling or destination setting.',
    ),
  ],
  [
    'a destination is there',
    lambda('PUT', `${CONFIGS}/fact/event-invoke-config`, {
      DestinationConfig: { OnSuccess: { Destination: arn('none') } },
    }),
    refusal(
      400,
      'InvalidParameterValueException',
      `The destination ARN ${arn('none')} is invalid.`,
    ),
  ],
  [
    'a function is no destination of itself',
    lambda('PUT', `${CONFIGS}/fact/event-invoke-config`, {
      DestinationConfig: { OnSuccess: { Destination: arn('fact') } },
    }),
    refusal(
      400,
      'InvalidParameterValueException',
      "You can't specify the function as a destination for itself.",
    ),
  ],
  [
    'two qualifiers that differ are refused by PutFunctionEventInvokeConfig',
    lambda(
      'PUT',
      `${CONFIGS}/${encodeURIComponent('fact:one')}/event-invoke-config?Qualifier=two`,
      { MaximumRetryAttempts: 1 },
    ),
    MISMATCH,
  ],
  [
    'a mapping that is not there is not shown',
    lambda('GET', `/2015-03-31/event-source-mappings/${NONE}`),
    NO_RESOURCE,
  ],
  [
    'a mapping that is not there is not deleted',
    lambda('DELETE', `/2015-03-31/event-source-mappings/${NONE}`),
    NO_RESOURCE,
  ],
  [
    'a mapping that is not there is not changed',
    lambda('PUT', `/2015-03-31/event-source-mappings/${NONE}`, { Enabled: false }),
    NO_RESOURCE,
  ],
  [
    'a mapping needs a function',
    lambda('POST', '/2015-03-31/event-source-mappings', {
      FunctionName: 'none',
      EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:none',
    }),
    refusal(400, 'InvalidParameterValueException', 'Function does not exist'),
  ],
  [
    'a mapping needs a source',
    lambda('POST', '/2015-03-31/event-source-mappings', { FunctionName: 'fact' }),
    refusal(400, 'InvalidParameterValueException', 'Unrecognized event source.'),
  ],
  [
    'ListFunctions takes one version alone',
    lambda('GET', `${FUNCTIONS}/?FunctionVersion=invalid`),
    refusal(
      400,
      'ValidationException',
      "1 validation error detected: Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]",
    ),
  ],
];

const invoking: [fact: string, ask: Fact['ask'], answer: unknown][] = [
  [
    'none is not invoked',
    lambda('POST', `${FUNCTIONS}/none/invocations`, {}),
    notFound('none:$LATEST'),
  ],
  [
    'an alias that is not there is not invoked',
    lambda('POST', `${FUNCTIONS}/fact/invocations?Qualifier=non-existent-alias`, {}),
    notFound('fact:non-existent-alias'),
  ],
  [
    'an event is UTF-8',
    lambda(
      'POST',
      `${FUNCTIONS}/fact/invocations`,
      Buffer.from('n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt', 'latin1'),
    ),
    refusal(
      400,
      'InvalidRequestContentException',
      'Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87',
    ),
  ],
];

export const LAMBDA_FACTS: Fact[] = [
  ...api.map(([fact, ask, answer]) => ({
    fact: `Lambda: ${fact}`,
    source: recording('lambda_/test_lambda_api'),
    ask,
    answer,
  })),
  ...invoking.map(([fact, ask, answer]) => ({
    fact: `Lambda: ${fact}`,
    source: recording('lambda_/test_lambda'),
    ask,
    answer,
  })),
];
