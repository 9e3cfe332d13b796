import { readFileSync } from 'node:fs';
import path from 'node:path';
import { notRun } from './coverage.ts';
import { ACCOUNT_ID, identify, type Place, pseudoParameters } from './identity.ts';
import type { AsyncInvocationModel, FunctionModel, NotRun, ServiceModel } from './model.ts';
import { readEventSourceMapping, readSchedule } from './readEvents.ts';
import { readHttpApi } from './readHttpApi.ts';
import { readQueue, readSubscription, readTable, readTopic } from './readResources.ts';
import { isObject, type Template, TemplateError, TemplateResolver } from './resolve.ts';

/** A resource with its properties resolved. */
export interface ResolvedResource {
  logicalId: string;
  type: string;
  ref: string;
  attributes: Record<string, string>;
  properties: Record<string, unknown>;
}

/** Reads the compiled template and the zips beside it, as `sls deploy` would upload them. */
export function readTemplate(packageDirectory: string, place: Place): ServiceModel {
  const file = path.join(packageDirectory, 'cloudformation-template-update-stack.json');
  return buildModel(parseTemplate(readFileSync(file, 'utf8')), packageDirectory, place);
}

export function buildModel(
  template: Template,
  packageDirectory: string,
  place: Place,
): ServiceModel {
  const resolver = new TemplateResolver({
    template,
    pseudoParameters: pseudoParameters(place),
    identify: (logicalId, resource, resolve) => identify(logicalId, resource, place, resolve),
  });
  const present = Object.fromEntries(
    Object.entries(template.Resources).filter(([id, resource]) =>
      resolver.isPresent(resource.Condition, `Resources.${id}`),
    ),
  );
  const resources = Object.entries(present).map(([logicalId, resource]): ResolvedResource => {
    const identity = resolver.identityOf(logicalId, `Resources.${logicalId}`);
    const properties = resolver.resolve(
      resource.Properties ?? {},
      `Resources.${logicalId}.Properties`,
    );
    return {
      logicalId,
      type: resource.Type,
      ...identity,
      properties: properties as Record<string, unknown>,
    };
  });
  const ofType = <T>(type: string, read: (resource: ResolvedResource) => T): T[] =>
    resources.filter((resource) => resource.type === type).map(read);
  const unsupported: NotRun[] = notRun(present);
  const only = <T>(value: T | NotRun): value is T =>
    !(isObject(value) && 'why' in value && unsupported.push(value as unknown as NotRun) > 0);

  return {
    service: place.service,
    stage: place.stage,
    region: place.region,
    accountId: ACCOUNT_ID,
    functions: ofType('AWS::Lambda::Function', (resource) =>
      readFunction(resource, packageDirectory, place),
    ),
    eventSourceMappings: ofType('AWS::Lambda::EventSourceMapping', readEventSourceMapping).filter(
      only,
    ),
    asyncInvocation: ofType('AWS::Lambda::EventInvokeConfig', readAsyncInvocation),
    schedules: ofType('AWS::Events::Rule', readSchedule).filter(only),
    queues: ofType('AWS::SQS::Queue', readQueue),
    topics: ofType('AWS::SNS::Topic', readTopic),
    subscriptions: ofType('AWS::SNS::Subscription', readSubscription).filter(only),
    tables: ofType('AWS::DynamoDB::Table', readTable),
    httpApi: readHttpApi(resources, only),
    outputs: {
      ...readOutputs(template, resolver),
      ...(present.HttpApi ? { HttpApiUrl: place.apiUrl } : {}),
    },
    notRun: unsupported,
  };
}

function parseTemplate(source: string): Template {
  const template: unknown = JSON.parse(source);
  if (!isObject(template) || !isObject(template.Resources)) {
    throw new TemplateError('Resources', 'there is no such section');
  }
  return template as unknown as Template;
}

function readOutputs(template: Template, resolver: TemplateResolver): Record<string, string> {
  return Object.fromEntries(
    Object.entries(template.Outputs ?? {})
      .filter(([name, output]) => resolver.isPresent(output.Condition, `Outputs.${name}`))
      .map(([name, output]) => [
        name,
        String(resolver.resolve(output.Value, `Outputs.${name}.Value`)),
      ]),
  );
}

function readFunction(
  resource: ResolvedResource,
  packageDirectory: string,
  place: Place,
): FunctionModel {
  const { properties, logicalId } = resource;
  const code = properties.Code;
  const s3Key = isObject(code) ? code.S3Key : undefined;
  if (typeof s3Key !== 'string')
    throw new TemplateError(
      `Resources.${logicalId}.Properties.Code.S3Key`,
      'only zip packages are run',
    );
  const deadLetter = properties.DeadLetterConfig;
  const environment = isObject(properties.Environment) ? properties.Environment.Variables : {};
  const reserved = properties.ReservedConcurrentExecutions;
  return {
    logicalId,
    key: resource.ref.replace(`${place.service}-${place.stage}-`, ''),
    name: resource.ref,
    arn: resource.attributes.Arn ?? '',
    handler: String(properties.Handler),
    runtime: String(properties.Runtime),
    zipPath: path.join(packageDirectory, path.basename(s3Key)),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMb: Number(properties.MemorySize ?? 128),
    environment: Object.fromEntries(
      Object.entries(environment ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    reservedConcurrency: reserved === undefined ? undefined : Number(reserved),
    deadLetterArn: isObject(deadLetter) ? String(deadLetter.TargetArn) : undefined,
  };
}

function readAsyncInvocation({ properties }: ResolvedResource): AsyncInvocationModel {
  const destinations = isObject(properties.DestinationConfig) ? properties.DestinationConfig : {};
  const arnOf = (destination: unknown) =>
    isObject(destination) ? String(destination.Destination) : undefined;
  return {
    functionName: String(properties.FunctionName),
    maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
    maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? 21_600),
    onFailureArn: arnOf(destinations.OnFailure),
    onSuccessArn: arnOf(destinations.OnSuccess),
  };
}
