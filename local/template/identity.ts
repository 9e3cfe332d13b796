import { createHash } from 'node:crypto';
import { functionNameOf } from './functionName.ts';
import type { Identity, TemplateResource } from './resolve.ts';

export const ACCOUNT_ID = '000000000000';

/** Where the parts of the runtime listen, as far as physical names hold them. */
export interface Place {
  service: string;
  stage: string;
  region: string;
  /** `http://127.0.0.1:PORT` of the HTTP API and of SQS. */
  apiUrl: string;
  sqsUrl: string;
  /** Values of the template's parameters. */
  parameters?: Record<string, string>;
  /** Of concurrent executions. */
  accountQuota?: number;
}

/** Written-out addresses of the API and of queues, as many manifests join them. */
export function localize(text: string, { apiUrl, sqsUrl, region }: Place, apiId?: string): string {
  if (!text.includes('amazonaws.com')) return text;
  const ofHost = (host: string) =>
    new RegExp(`https?://${host}\\.${region}\\.amazonaws\\.com(\\.cn)?`, 'g');
  const withApi =
    apiId === undefined ? text : text.replace(ofHost(`${apiId}\\.execute-api`), apiUrl);
  return withApi.replace(ofHost('sqs'), sqsUrl);
}

type Resolve = (value: unknown, path: string) => unknown;
type Identify = (name: string, place: Place, logicalId: string, group: string) => Identity;

/** Of a function; a name that nobody gave keeps its end, which tells resources apart. */
const LONGEST_NAME = 64;
/** The property that holds a resource's physical name, and what `Ref` and `Fn::GetAtt` answer for its type. */
const IDENTITIES: Record<
  string,
  { nameProperty?: string; groupProperty?: string; identify: Identify }
> = {
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    identify: named((name, place) => arn(place, 'lambda', `function:${name}`)),
  },
  'AWS::Lambda::Alias': { nameProperty: 'FunctionName', identify: functionItself },
  'AWS::Lambda::Version': { nameProperty: 'FunctionName', identify: functionItself },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    identify: (name, place) => {
      const url = `${place.sqsUrl}/${ACCOUNT_ID}/${name}`;
      const attributes = { Arn: arn(place, 'sqs', name), QueueName: name, QueueUrl: url };
      return { ref: url, attributes };
    },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    identify: (name, place) => ({
      ref: arn(place, 'sns', name),
      attributes: { TopicArn: arn(place, 'sns', name), TopicName: name },
    }),
  },
  'AWS::DynamoDB::Table': {
    nameProperty: 'TableName',
    identify: (name, place) => ({
      ref: name,
      attributes: {
        Arn: arn(place, 'dynamodb', `table/${name}`),
        StreamArn: arn(place, 'dynamodb', `table/${name}/stream/2026-01-01T00:00:00.000`),
      },
    }),
  },
  'AWS::DynamoDB::GlobalTable': {
    nameProperty: 'TableName',
    identify: named((name, place) => arn(place, 'dynamodb', `table/${name}`)),
  },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    groupProperty: 'GroupName',
    identify: (name, place, _logicalId, group) => ({
      ref: name,
      attributes: { Arn: arn(place, 'scheduler', `schedule/${group}/${name}`) },
    }),
  },
  'AWS::Scheduler::ScheduleGroup': {
    nameProperty: 'Name',
    identify: named((name, place) => arn(place, 'scheduler', `schedule-group/${name}`)),
  },
  'AWS::ApiGatewayV2::Api': {
    identify: (_name, place, logicalId) => {
      const id = apiIdOf(place, logicalId);
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: place.apiUrl } };
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    identify: (_name, place, logicalId) => {
      const uuid = asUuid(digest(place, logicalId));
      return { ref: uuid, attributes: { Id: uuid } };
    },
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    identify: named((name, place) => arn(place, 'events', `rule/${name}`)),
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    identify: (name) => ({
      ref: name,
      attributes: { Arn: `arn:aws:iam::${ACCOUNT_ID}:role/${name}`, RoleId: name },
    }),
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    identify: named((name, place) => arn(place, 'logs', `log-group:${name}:*`)),
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    identify: named((name) => `arn:aws:s3:::${name}`),
  },
};

/** Of every other type: enough for what a policy or an output asks of a resource that is not run. */
const OTHER: (typeof IDENTITIES)[string] = {
  identify: named((name, place) => arn(place, 'unknown', name)),
};

/** Of a type whose `Ref` is its name. */
function named(arnOf: (name: string, place: Place) => string): Identify {
  return (name, place) => ({ ref: name, attributes: { Arn: arnOf(name, place) } });
}

/** Every version and alias of a template is the code of this packaging, so none of them needs a qualifier. */
function functionItself(name: string, place: Place): Identity {
  const ref = arn(place, 'lambda', `function:${functionNameOf(name)}`);
  return { ref, attributes: { AliasArn: ref, FunctionArn: ref, Version: '$LATEST' } };
}

export function identify(
  logicalId: string,
  resource: TemplateResource,
  place: Place,
  resolve: Resolve,
): Identity {
  const { nameProperty, groupProperty, identify } = IDENTITIES[resource.Type] ?? OTHER;
  const textAt = (property = '') => {
    const given = resource.Properties?.[property];
    return given === undefined
      ? undefined
      : String(resolve(given, `${logicalId}.Properties.${property}`));
  };
  const ownName = () =>
    `${place.service}-${place.stage}-${logicalId}`.slice(-LONGEST_NAME) + fifoEnd(resource);
  const group = textAt(groupProperty) ?? 'default';
  return identify(textAt(nameProperty) ?? ownName(), place, logicalId, group);
}

/** The end of the name that CloudFormation gives to a FIFO queue or topic. */
const fifoEnd = ({ Properties: { FifoQueue, FifoTopic } = {} }: TemplateResource) =>
  String(FifoQueue ?? FifoTopic) === 'true' ? '.fifo' : '';

export function pseudoParameters(place: Place): Record<string, string> {
  const stackName = `${place.service}-${place.stage}`;
  return {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::Region': place.region,
    'AWS::StackId': arn(
      place,
      'cloudformation',
      `stack/${stackName}/${asUuid(digest(place, 'stack'))}`,
    ),
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

export const apiIdOf = (place: Place, logicalId: string): string =>
  digest(place, logicalId).slice(0, 10);

const arn = (place: Place, service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${ACCOUNT_ID}:${resource}`;

/** Stable from one start to the next: ids derived of it outlive the process in a data directory. */
const digest = (place: Place, logicalId: string): string =>
  createHash('sha256').update(`${place.service}/${place.stage}/${logicalId}`).digest('hex');

export const asUuid = (hex: string): string =>
  hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
