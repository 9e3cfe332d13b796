import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../../common/json.ts';
import { checkDeployable } from './deployChecks.ts';
import {
  ACCOUNT_ID,
  apiIdOf,
  identify,
  localize,
  type Place,
  pseudoParameters,
} from './identity.ts';
import type { NotRun, ReportNotRun, ServiceModel } from './model.ts';
import { readEventSourceMapping, readRule, readSchedule } from './readEvents.ts';
import { canRun, readAsyncInvocation, readFunction } from './readFunction.ts';
import { readHttpApi } from './readHttpApi.ts';
import { type Reading, startReading } from './reading.ts';
import {
  readQueue,
  readSubscription,
  readTable,
  readTopic,
  readTopicSubscriptions,
} from './readResources.ts';
import { type Template, TemplateError, TemplateResolver } from './resolve.ts';
import { attempt, type ResolvedResource, resolveResources } from './resolveResources.ts';

export const TEMPLATE_FILE = 'cloudformation-template-update-stack.json';

/** Reads the compiled template and the zips beside it, as `sls deploy` would upload them. */
export function readTemplate(packageDirectory: string, place: Place): ServiceModel {
  const file = path.join(packageDirectory, TEMPLATE_FILE);
  return buildModel(parseTemplate(readFileSync(file, 'utf8')), packageDirectory, place);
}

const HTTP_API = 'AWS::ApiGatewayV2::Api';

/** Throws for a template that AWS would refuse; what is only not run here is listed in the model. */
export function buildModel(
  template: Template,
  packageDirectory: string,
  place: Place,
): ServiceModel {
  const api = Object.entries(template.Resources).find(([, { Type }]) => Type === HTTP_API);
  const apiId = api && apiIdOf(place, api[0]);
  const resolver = new TemplateResolver({
    template,
    pseudoParameters: pseudoParameters(place),
    parameters: place.parameters ?? {},
    localize: (text) => localize(text, place, apiId),
    identify: (logicalId, resource, resolve) => identify(logicalId, resource, place, resolve),
  });
  const notRun = new Map<string, NotRun>();
  const report: ReportNotRun = (what, why) => void notRun.set(`${what}: ${why}`, { what, why });
  const resources = resolveResources(template, resolver, report);
  const model = {
    service: place.service,
    stage: place.stage,
    region: place.region,
    accountId: ACCOUNT_ID,
    ...readResources(resources, packageDirectory, place, report),
    outputs: readOutputs(template, resolver, report),
  };
  checkDeployable(template, place, resources, model);
  return { ...model, notRun: [...notRun.values()] };
}

function readResources(
  resources: ResolvedResource[],
  packageDirectory: string,
  place: Place,
  report: ReportNotRun,
) {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const functions = ofType('AWS::Lambda::Function').filter((resource) => canRun(resource, report));
  const names = functions.map(({ ref }) => ref);
  const reading = startReading(resources, names, report);
  const read = <T>(
    type: string,
    reader: (of: ResolvedResource, reading: Reading) => T | undefined,
  ) => ofType(type).flatMap((resource) => reader(resource, reading) ?? []);
  const keyPrefix = `${place.service}-${place.stage}-`;

  return {
    functions: functions.map((resource) =>
      readFunction(resource, packageDirectory, keyPrefix, reading),
    ),
    eventSourceMappings: read('AWS::Lambda::EventSourceMapping', readEventSourceMapping),
    asyncInvocation: read('AWS::Lambda::EventInvokeConfig', readAsyncInvocation),
    schedules: [
      ...read('AWS::Events::Rule', readRule),
      ...read('AWS::Scheduler::Schedule', readSchedule),
    ],
    queues: read('AWS::SQS::Queue', readQueue),
    topics: read('AWS::SNS::Topic', readTopic),
    subscriptions: [
      ...read('AWS::SNS::Subscription', ({ properties, logicalId }) =>
        readSubscription(properties, logicalId, reading),
      ),
      ...ofType('AWS::SNS::Topic').flatMap((topic) => readTopicSubscriptions(topic, reading)),
    ],
    tables: [
      ...read('AWS::DynamoDB::Table', readTable),
      ...read('AWS::DynamoDB::GlobalTable', readTable),
    ],
    httpApi: readHttpApi(resources, reading),
  };
}

function parseTemplate(source: string): Template {
  const template: unknown = JSON.parse(source);
  if (!isObject(template) || !isObject(template.Resources)) {
    throw new TemplateError('Resources', 'there is no such section');
  }
  return template as unknown as Template;
}

function readOutputs(
  template: Template,
  resolver: TemplateResolver,
  report: ReportNotRun,
): Record<string, string> {
  const outputs = Object.entries(template.Outputs ?? {}).flatMap(([name, { Value, Condition }]) => {
    const path = `Outputs.${name}`;
    const value = attempt(
      () => resolver.isPresent(Condition, path) && String(resolver.resolve(Value, path)),
      (fault) => report(path, fault),
    );
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(outputs);
}
