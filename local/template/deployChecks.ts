import { isObject, parseJson } from '../../common/json.ts';
import { UsageError } from '../../common/usageError.ts';
import { policyFault } from '../emulators/snsFilter.ts';
import { patternFault } from '../lambda/eventSourceMappings/filterCriteria.ts';
import { scheduleFault } from '../lambda/schedules/scheduleExpression.ts';
import type {
  AsyncInvocationModel,
  EventSourceMappingModel,
  FunctionModel,
  QueueModel,
  ServiceModel,
} from './model.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const DEFAULT_VISIBILITY_SECONDS = 30;
const CONCURRENCY = { least: 2, most: 1000 };
const LARGEST_BATCH = 10_000;
const LARGEST_BATCH_WITHOUT_WINDOW = 10;

type Checked = Pick<
  ServiceModel,
  'functions' | 'queues' | 'eventSourceMappings' | 'asyncInvocation' | 'schedules' | 'subscriptions'
>;

/**
 * Throws one error with every fault for which AWS refuses a resource, so that a manifest that runs here can be deployed.
 * A maximum concurrency above the reserved one is not among them: AWS takes it, and throttles.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export function checkDeployable(model: Checked): void {
  const faults = [
    ...model.functions.flatMap(functionFaults),
    ...sameNames(model.functions),
    ...model.queues.flatMap(queueFaults),
    ...model.asyncInvocation.flatMap(asyncFaults),
    ...model.eventSourceMappings.flatMap((mapping) => mappingFaults(mapping, model)),
    ...twiceMapped(model.eventSourceMappings),
    ...model.schedules.flatMap(({ ruleName, expression }) => {
      const fault = scheduleFault(expression);
      return fault === undefined ? [] : [`${ruleName}: ${fault}`];
    }),
    ...model.subscriptions.flatMap(({ topicArn, filterPolicy, filterPolicyScope }) => {
      const fault = filterPolicy && policyFault(JSON.stringify(filterPolicy), filterPolicyScope);
      return fault === undefined ? [] : [`subscription to ${topicArn}: FilterPolicy: ${fault}`];
    }),
  ];
  if (faults.length > 0)
    throw new UsageError(
      `AWS would refuse this manifest:\n${faults.map((it) => `  ${it}`).join('\n')}`,
    );
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED_VARIABLES = new Set(
  `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
   AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
   AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
   AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT
   LAMBDA_RUNTIME_DIR`.split(/\s+/),
);
const VARIABLES_BYTES = 4096;

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody */
function functionFaults(model: FunctionModel): string[] {
  const { name, handler, timeoutSeconds, memoryMb, reservedConcurrency, environment } = model;
  const names = Object.keys(environment);
  const reserved = names.filter((variable) => RESERVED_VARIABLES.has(variable));
  const malformed = names.filter(
    (variable) => !/^[a-zA-Z]\w+$/.test(variable) && !RESERVED_VARIABLES.has(variable),
  );
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  const faults = [
    !/^[\w-]{1,64}$/.test(name) &&
      `FunctionName must be 1 to 64 letters, digits, - and _, got "${name}"`,
    !/^\S{1,128}$/.test(handler) &&
      `Handler must be 1 to 128 characters without space, got "${handler}"`,
    outside('Timeout', timeoutSeconds, 1, 900),
    outside('MemorySize', memoryMb, 128, 10_240),
    reservedConcurrency !== undefined &&
      outside('ReservedConcurrentExecutions', reservedConcurrency, 0, 1_000_000),
    reserved.length > 0 && `Environment: Lambda sets ${reserved.join(', ')} itself`,
    malformed.length > 0 &&
      `Environment: a name is a letter and then letters, digits and _, got ${malformed.join(', ')}`,
    bytes > VARIABLES_BYTES &&
      `Environment: the variables take ${bytes} bytes, ${VARIABLES_BYTES} at most`,
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `${name}: ${fault}`);
}

const outside = (what: string, value: number, least: number, most: number): string | false =>
  !(Number.isInteger(value) && value >= least && value <= most) &&
  `${what} must be a whole number from ${least} to ${most}, got ${value}`;

function sameNames(functions: FunctionModel[]): string[] {
  const names = functions.map(({ name }) => name);
  const again = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(again)].map((name) => `${name}: more than one function has this name`);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const QUEUE_BOUNDS: Record<string, [least: number, most: number]> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};

function queueFaults({ name, attributes }: QueueModel): string[] {
  const redrive = parseJson(attributes.RedrivePolicy ?? '');
  const faults = [
    !(attributes.FifoQueue === 'true' ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/).test(name) &&
      `QueueName must be 1 to 80 letters, digits, - and _, with .fifo at the end for a FIFO queue, got "${name}"`,
    ...Object.entries(QUEUE_BOUNDS).map(
      ([attribute, [least, most]]) =>
        attributes[attribute] !== undefined &&
        outside(attribute, Number(attributes[attribute]), least, most),
    ),
    isObject(redrive) &&
      outside('RedrivePolicy: maxReceiveCount', Number(redrive.maxReceiveCount), 1, 1000),
  ];
  return faults.filter((fault) => fault !== false).map((fault) => `${name}: ${fault}`);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
function asyncFaults(settings: AsyncInvocationModel): string[] {
  const faults = [
    outside('MaximumEventAgeInSeconds', settings.maximumEventAgeSeconds, 60, 21_600),
    outside('MaximumRetryAttempts', settings.maximumRetryAttempts, 0, 2),
  ];
  return faults
    .filter((fault) => fault !== false)
    .map((fault) => `${settings.functionName}: ${fault}`);
}

function twiceMapped(mappings: EventSourceMappingModel[]): string[] {
  const seen = new Set<string>();
  return mappings.flatMap(({ queueArn, functionName }) => {
    const pair = `${queueArn} ${functionName}`;
    if (!seen.has(pair)) {
      seen.add(pair);
      return [];
    }
    return [`${functionName}: an event source mapping of ${queueArn} to it already exists`];
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MOST_FILTERS = 5;
const LONGEST_PATTERN = 4096;

function filterFaults(filters: EventSourceMappingModel['filters']): (string | false)[] {
  const texts = filters.map((filter) => JSON.stringify(filter));
  return [
    filters.length > MOST_FILTERS && `there are more than ${MOST_FILTERS} filters`,
    ...texts.map(
      (text) =>
        text.length > LONGEST_PATTERN &&
        `a filter pattern is longer than ${LONGEST_PATTERN} characters`,
    ),
    ...filters.map((filter, index) => {
      const fault = patternFault(filter);
      return fault !== undefined && `in the filter pattern ${texts[index]} ${fault}`;
    }),
  ];
}

function mappingFaults(mapping: EventSourceMappingModel, { functions, queues }: Checked): string[] {
  const { queueArn, functionName, batchSize, windowSeconds, maximumConcurrency } = mapping;
  const queue = queues.find(({ arn }) => arn === queueArn);
  const timeoutSeconds = functions.find(({ name }) => name === functionName)?.timeoutSeconds ?? 0;
  const visibilitySeconds = Number(
    queue?.attributes.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS,
  );
  const faults = [
    visibilitySeconds < timeoutSeconds &&
      `Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    maximumConcurrency !== undefined &&
      (maximumConcurrency < CONCURRENCY.least || maximumConcurrency > CONCURRENCY.most) &&
      `MaximumConcurrency must be ${CONCURRENCY.least} to ${CONCURRENCY.most}, got ${maximumConcurrency}`,
    (batchSize < 1 || batchSize > LARGEST_BATCH) &&
      `BatchSize must be 1 to ${LARGEST_BATCH}, got ${batchSize}`,
    outside('MaximumBatchingWindowInSeconds', windowSeconds, 0, 300),
    batchSize > LARGEST_BATCH_WITHOUT_WINDOW &&
      windowSeconds < 1 &&
      `BatchSize ${batchSize} needs a MaximumBatchingWindowInSeconds of at least 1`,
    ...filterFaults(mapping.filters),
  ];
  return faults
    .filter((fault) => fault !== false)
    .map((fault) => `${queue?.name} -> ${functionName}: ${fault}`);
}
