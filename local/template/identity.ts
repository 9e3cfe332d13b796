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
}

type Resolve = (value: unknown, path: string) => unknown;
type Identify = (name: string, place: Place, logicalId: string) => Identity;

/** The property that holds a resource's physical name, and what `Ref` and `Fn::GetAtt` answer for its type. */
const IDENTITIES: Record<string, { nameProperty?: string; identify: Identify }> = {
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    identify: (name, place) => ({
      ref: name,
      attributes: { Arn: arn(place, 'lambda', `function:${name}`) },
    }),
  },
  'AWS::Lambda::Alias': { nameProperty: 'FunctionName', identify: functionItself },
  'AWS::Lambda::Version': { nameProperty: 'FunctionName', identify: functionItself },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    identify: (name, place) => ({
      ref: `${place.sqsUrl}/${ACCOUNT_ID}/${name}`,
      attributes: {
        Arn: arn(place, 'sqs', name),
        QueueName: name,
        QueueUrl: `${place.sqsUrl}/${ACCOUNT_ID}/${name}`,
      },
    }),
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
  'AWS::ApiGatewayV2::Api': {
    identify: (_name, place, logicalId) => {
      const id = digest(place, logicalId).slice(0, 10);
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
    identify: (name, place) => ({
      ref: name,
      attributes: { Arn: arn(place, 'events', `rule/${name}`) },
    }),
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
    identify: (name, place) => ({
      ref: name,
      attributes: { Arn: arn(place, 'logs', `log-group:${name}:*`) },
    }),
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    identify: (name) => ({ ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } }),
  },
};

/** Every version and alias of a template is the code of this packaging, so none of them needs a qualifier. */
function functionItself(name: string, place: Place): Identity {
  const ref = arn(place, 'lambda', `function:${functionNameOf(name)}`);
  return { ref, attributes: { AliasArn: ref, FunctionArn: ref, Version: '$LATEST' } };
}

/** Every other type answers its logical id, which is all that a template may ask of a resource that is not run. */
export function identify(
  logicalId: string,
  resource: TemplateResource,
  place: Place,
  resolve: Resolve,
): Identity {
  const known = IDENTITIES[resource.Type];
  const generated = `${place.service}-${place.stage}-${logicalId}`;
  if (!known) return { ref: generated, attributes: { Arn: arn(place, 'unknown', generated) } };
  const property = known.nameProperty;
  const given = property === undefined ? undefined : resource.Properties?.[property];
  const name =
    given === undefined ? generated : String(resolve(given, `${logicalId}.Properties.${property}`));
  return known.identify(name, place, logicalId);
}

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

const arn = (place: Place, service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${ACCOUNT_ID}:${resource}`;

/** Stable from one start to the next: ids derived of it outlive the process in a data directory. */
const digest = (place: Place, logicalId: string): string =>
  createHash('sha256').update(`${place.service}/${place.stage}/${logicalId}`).digest('hex');

const asUuid = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
