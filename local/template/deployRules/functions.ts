import { parseJson } from '../../../common/json.ts';
import { NOT_OF_QUEUES } from '../../lambda/api/eventSourceMappings.ts';
import { patternFault } from '../../lambda/eventSourceMappings/filterCriteria.ts';
import {
  arnOf,
  atMost,
  given,
  isFifo,
  needed,
  objectOf,
  oneOf,
  type ResourceRules,
  shorterThan,
  type Together,
  whole,
  written,
} from './rule.ts';

const NODE = 'nodejs((1[02468]|2[0246])\\.x|4\\.3(-edge)?|6\\.10|8\\.10)?';
const OTHERS =
  'python\\d\\.\\d+|java\\d+(\\.al2(023)?)?|dotnet(core)?\\d+(\\.\\d)?|ruby\\d\\.\\d|go1\\.x|provided(\\.al\\d+)?';
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED_VARIABLES = new Set(
  `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
   AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
   AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
   AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT
   LAMBDA_RUNTIME_DIR`.split(/\s+/),
);
const VARIABLES_BYTES = 4096;

function ofVariables(environment: unknown): (string | false)[] {
  const variables = objectOf(objectOf(environment).Variables);
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  const malformed = names.filter(
    (name) => !/^[a-zA-Z]\w+$/.test(name) && !RESERVED_VARIABLES.has(name),
  );
  const texts = names.map((name) => [name, String(variables[name])]);
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(texts)));
  return [
    reserved.length > 0 && `Environment: Lambda sets ${reserved.join(', ')} itself`,
    malformed.length > 0 &&
      `Environment: a name is a letter and then letters, digits and _, got ${malformed.join(', ')}`,
    bytes > VARIABLES_BYTES &&
      `Environment: the variables take ${bytes} bytes, ${VARIABLES_BYTES} at most`,
  ];
}

const OTHERS_OF_SOURCES = [...NOT_OF_QUEUES, 'StartingPosition', 'StartingPositionTimestamp'];

const ofMapping: Together = (properties) => {
  if (!/^arn:[^:]+:sqs:/.test(String(properties.EventSourceArn))) return [];
  const { BatchSize: size = 10, MaximumBatchingWindowInSeconds: window = 0 } = properties;
  const others = given(properties, OTHERS_OF_SOURCES);
  const isOfFifo = isFifo(properties.EventSourceArn);
  return [
    others.length > 0 && `a mapping of a queue has no ${others.join(', ')}`,
    isOfFifo && Number(size) > 10 && `BatchSize is at most 10 for a FIFO queue, got ${size}`,
    isOfFifo &&
      Number(window) > 0 &&
      `a FIFO queue has no MaximumBatchingWindowInSeconds, got ${window}`,
    !isOfFifo &&
      Number(size) > 10 &&
      Number(window) < 1 &&
      `BatchSize ${size} needs a MaximumBatchingWindowInSeconds of at least 1`,
    given(properties, ['ScalingConfig', 'ProvisionedPollerConfig']).length > 1 &&
      'there is one of ScalingConfig and ProvisionedPollerConfig, not both',
  ];
};

export const FUNCTION_RULES: Record<string, ResourceRules> = {
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestBody
  'AWS::Lambda::Function': {
    values: {
      FunctionName: written(/^[\w-]{1,64}$/, '1 to 64 letters, digits, - and _'),
      Handler: written(/^\S{1,128}$/, '1 to 128 characters without space'),
      Runtime: written(new RegExp(`^(${NODE}|${OTHERS})$`), 'a runtime of Lambda'),
      Timeout: whole(1, 900),
      MemorySize: whole(128, 10_240),
      ReservedConcurrentExecutions: whole(0, 1_000_000),
      'EphemeralStorage.Size': whole(512, 10_240),
      Description: shorterThan(256),
      Layers: atMost(5, 'layers'),
      Architectures: atMost(1, 'architecture'),
      'Architectures[]': oneOf('x86_64', 'arm64'),
      PackageType: oneOf('Zip', 'Image'),
      'TracingConfig.Mode': oneOf('Active', 'PassThrough'),
      'DeadLetterConfig.TargetArn': arnOf('sqs', 'sns'),
      'LoggingConfig.LogFormat': oneOf('Text', 'JSON'),
      'LoggingConfig.ApplicationLogLevel': oneOf(
        'TRACE',
        'DEBUG',
        'INFO',
        'WARN',
        'ERROR',
        'FATAL',
      ),
      'LoggingConfig.SystemLogLevel': oneOf('DEBUG', 'INFO', 'WARN'),
    },
    together: (properties) => [
      ...(properties.PackageType === 'Image' || objectOf(properties.Code).ImageUri !== undefined
        ? []
        : needed(properties, ['Handler', 'Runtime'])),
      ...ofVariables(properties.Environment),
    ],
  },
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
  'AWS::Lambda::EventSourceMapping': {
    values: {
      BatchSize: whole(1, 10_000),
      MaximumBatchingWindowInSeconds: whole(0, 300),
      'ScalingConfig.MaximumConcurrency': whole(2, 1000),
      'FunctionResponseTypes[]': oneOf('ReportBatchItemFailures'),
      'FilterCriteria.Filters': atMost(5, 'filters'),
      'FilterCriteria.Filters[].Pattern': (value) => {
        if (String(value).length > 4096) return 'not longer than 4096 characters';
        const pattern = parseJson(String(value));
        const fault = pattern === undefined ? undefined : patternFault(pattern);
        return fault === undefined ? undefined : `a pattern in which not ${fault}`;
      },
    },
    together: ofMapping,
  },
  // https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  'AWS::Lambda::EventInvokeConfig': {
    values: {
      MaximumEventAgeInSeconds: whole(60, 21_600),
      MaximumRetryAttempts: whole(0, 2),
      Qualifier: written(/^(\$LATEST|[\w-]{1,128})$/, '$LATEST, a version or an alias'),
      'DestinationConfig.OnFailure.Destination': arnOf('sqs', 'sns', 'lambda', 'events', 's3'),
      'DestinationConfig.OnSuccess.Destination': arnOf('sqs', 'sns', 'lambda', 'events'),
    },
  },
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
  'AWS::Lambda::Alias': {
    values: {
      Name: written(
        /^(?!\d+$)[\w-]{1,128}$/,
        '1 to 128 letters, digits, - and _, and not a number',
      ),
    },
  },
};
