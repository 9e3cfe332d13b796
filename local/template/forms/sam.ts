import { isObject } from '../../../common/json.ts';
import { UsageError } from '../../../common/usageError.ts';
import type { Template, TemplateResource } from '../resolve.ts';
import { asProperties, type Properties, type Resources } from './properties.ts';
import { expandEvent } from './samEvents.ts';
import { expandHttpApi, IMPLICIT_API } from './samHttpApi.ts';

const SERVERLESS = 'AWS::Serverless-2016-10-31';

/**
 * What CloudFormation's macro makes of a template of SAM, of whose resources those are expanded that can be run here.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */
export function expandSam(
  template: Template & { Transform?: unknown; Globals?: unknown },
): Template {
  const transforms = [template.Transform ?? []].flat();
  const unknown = transforms.find((name) => name !== SERVERLESS);
  if (unknown !== undefined)
    throw new UsageError(
      `Transform: only ${SERVERLESS} is carried out here, got ${JSON.stringify(unknown)}`,
    );
  if (transforms.length === 0) return template;
  const globals = asProperties(template.Globals);
  const declared = Object.entries(template.Resources).map(
    ([id, resource]): [string, TemplateResource] => {
      const kind = /^AWS::Serverless::(\w+)$/.exec(resource.Type)?.[1] ?? '';
      return [id, { ...resource, Properties: merged(globals[kind], resource.Properties ?? {}) }];
    },
  );
  const apis = new Map(declared.filter(([, { Type }]) => Type === 'AWS::Serverless::HttpApi'));
  const usesImplicit = declared.some(
    ([, { Type, Properties }]) =>
      Type === 'AWS::Serverless::Function' &&
      Object.values(asProperties(Properties?.Events)).some(isOfImplicitApi),
  );
  if (usesImplicit)
    apis.set(IMPLICIT_API, {
      Type: 'AWS::Serverless::HttpApi',
      Properties: asProperties(globals.HttpApi),
    });
  const resources = [...declared.filter(([id]) => !apis.has(id)), ...apis].map(([id, resource]) =>
    withCondition(resource, expandResource(id, resource, apis)),
  );
  return { ...template, Resources: Object.assign({}, ...resources) };
}

const isOfImplicitApi = (event: unknown): boolean => {
  const { Type, Properties: properties } = asProperties(event);
  return Type === 'HttpApi' && asProperties(properties).ApiId === undefined;
};

function expandResource(
  id: string,
  resource: TemplateResource,
  apis: Map<string, TemplateResource>,
): Resources {
  const properties = resource.Properties ?? {};
  switch (resource.Type) {
    case 'AWS::Serverless::Function':
      return expandFunction(id, properties, apis);
    case 'AWS::Serverless::HttpApi':
      return expandHttpApi(id, properties);
    case 'AWS::Serverless::SimpleTable':
      return { [id]: simpleTable(properties) };
    default:
      return { [id]: resource };
  }
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html */
function merged(globals: unknown, own: Properties): Properties {
  const result: Properties = { ...asProperties(globals) };
  for (const [name, value] of Object.entries(own)) {
    const before = result[name];
    if (Array.isArray(before) && Array.isArray(value)) result[name] = [...before, ...value];
    else if (isObject(before) && isObject(value) && !isFunctionCall(value))
      result[name] = merged(before, value);
    else result[name] = value;
  }
  return result;
}

const isFunctionCall = (value: object): boolean => {
  const [name = '', another] = Object.keys(value);
  return another === undefined && (name === 'Ref' || name.startsWith('Fn::'));
};

function withCondition({ Condition }: TemplateResource, resources: Resources): Resources {
  if (Condition === undefined) return resources;
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [id, { Condition, ...resource }]),
  );
}

/** Carried out by another resource, or rights and roll-outs, which make no difference on one machine. */
const NOT_OF_LAMBDA = new Set(
  `CodeUri InlineCode ImageUri Events Policies Role PermissionsBoundary RolePath AssumeRolePolicyDocument
   AutoPublishAlias AutoPublishAliasAllProperties AutoPublishCodeSha256 VersionDescription DeploymentPreference
   EventInvokeConfig DeadLetterQueue FunctionUrlConfig Tracing Tags PropagateTags RuntimeManagementConfig
   ProvisionedConcurrencyConfig`.split(/\s+/),
);

function expandFunction(
  id: string,
  properties: Properties,
  apis: Map<string, TemplateResource>,
): Resources {
  const { DeadLetterQueue, EventInvokeConfig, AutoPublishAlias: alias } = properties;
  const ofLambda = Object.entries(properties).filter(([name]) => !NOT_OF_LAMBDA.has(name));
  const resources: Resources = {
    [id]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...Object.fromEntries(ofLambda),
        Code: codeOf(properties),
        Role: properties.Role ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
        ...(isObject(DeadLetterQueue) && {
          DeadLetterConfig: { TargetArn: DeadLetterQueue.TargetArn },
        }),
      },
    },
  };
  if (properties.Role === undefined) resources[`${id}Role`] = { Type: 'AWS::IAM::Role' };
  if (properties.FunctionUrlConfig) resources[`${id}Url`] = { Type: 'AWS::Lambda::Url' };
  // As `!Ref Function.Alias` calls it.
  if (alias !== undefined)
    resources[`${id}.Alias`] = {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: id }, Name: alias },
    };
  if (isObject(EventInvokeConfig))
    Object.assign(resources, eventInvokeConfig(id, EventInvokeConfig));
  for (const [name, event] of Object.entries(asProperties(properties.Events)))
    Object.assign(resources, expandEvent(id, name, asProperties(event), apis));
  return resources;
}

function codeOf({ CodeUri, InlineCode, ImageUri }: Properties): unknown {
  if (InlineCode !== undefined) return { ZipFile: InlineCode };
  if (ImageUri !== undefined) return { ImageUri };
  if (isObject(CodeUri) && CodeUri.Key !== undefined)
    return { S3Bucket: CodeUri.Bucket, S3Key: CodeUri.Key };
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(String(CodeUri)) ?? [];
  return key === undefined ? CodeUri : { S3Bucket: bucket, S3Key: key };
}

/** A destination without an ARN is a queue or topic that SAM makes. */
function eventInvokeConfig(id: string, { DestinationConfig, ...limits }: Properties): Resources {
  const resources: Resources = {};
  const destinations = Object.entries(asProperties(DestinationConfig)).map(([name, given]) => {
    const { Type: type, Destination: destination } = asProperties(given);
    if (destination !== undefined) return [name, { Destination: destination }];
    const kind = type === 'SNS' ? 'Topic' : 'Queue';
    const made = `${id}EventInvokeConfig${name}${kind}`;
    resources[made] = { Type: `AWS::${type}::${kind}` };
    return [
      name,
      { Destination: type === 'SNS' ? { Ref: made } : { 'Fn::GetAtt': [made, 'Arn'] } },
    ];
  });
  resources[`${id}EventInvokeConfig`] = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: id },
      Qualifier: '$LATEST',
      ...limits,
      ...(destinations.length > 0 && { DestinationConfig: Object.fromEntries(destinations) }),
    },
  };
  return resources;
}

const KEY_TYPES: Record<string, string> = { String: 'S', Number: 'N', Binary: 'B' };

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html */
function simpleTable({ PrimaryKey, SSESpecification: _, ...others }: Properties): TemplateResource {
  const { Name: name = 'id', Type: type = 'String' } = asProperties(PrimaryKey);
  return {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [
        { AttributeName: name, AttributeType: KEY_TYPES[String(type)] ?? type },
      ],
      KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
      ...(others.ProvisionedThroughput === undefined && { BillingMode: 'PAY_PER_REQUEST' }),
      ...others,
    },
  };
}
