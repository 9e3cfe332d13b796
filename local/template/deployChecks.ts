import { isObject } from '../../common/json.ts';
import { UsageError } from '../../common/usageError.ts';
import { MINIMUM_UNRESERVED } from '../lambda/functions/concurrency.ts';
import { DEPLOY_RULES } from './deployRules/deployRules.ts';
import { parameterFaults } from './deployRules/parameters.ts';
import { isLookedUp, objectOf } from './deployRules/rule.ts';
import type { Place } from './identity.ts';
import type { AsyncInvocationModel, EventSourceMappingModel, ServiceModel } from './model.ts';
import type { Template } from './resolve.ts';
import type { ResolvedResource } from './resolveResources.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const DEFAULT_VISIBILITY_SECONDS = 30;
/** As much of a value as a line shows. */
const SHOWN_CHARACTERS = 100;

type Model = Pick<ServiceModel, 'functions' | 'queues' | 'eventSourceMappings' | 'asyncInvocation'>;
type Checked = Pick<ResolvedResource, 'logicalId' | 'type' | 'properties'>;

/**
 * Throws one error with every fault for which AWS refuses a resource, so that a manifest that runs here can be deployed.
 * A maximum concurrency above the reserved one is not among them: AWS takes it, and throttles.
 */
export function checkDeployable(
  template: Template,
  { parameters, accountQuota = 1000 }: Place,
  resources: ResolvedResource[],
  model: Model,
): void {
  const faults = [
    ...parameterFaults(template, parameters),
    ...reservationFaults(model.functions, accountQuota),
    ...resources
      .flatMap((resource) => [resource, ...listedSubscriptions(resource)])
      .flatMap(faultsOf),
    ...sameNames(resources),
    ...routeFaults(resources),
    ...model.eventSourceMappings.flatMap((mapping) => visibilityFault(mapping, model)),
    ...twiceMapped(model.eventSourceMappings),
    ...model.asyncInvocation.flatMap(ownDestination),
  ];
  if (faults.length > 0)
    throw new UsageError(
      `AWS would refuse this manifest:\n${faults.map((it) => `  ${it}`).join('\n')}`,
    );
}

function faultsOf({ logicalId, type, properties }: Checked): string[] {
  const { values = {}, together } = DEPLOY_RULES[type] ?? {};
  const single = Object.entries(values).flatMap(([path, rule]) =>
    valuesAt(properties, path.split('.')).flatMap(([shown, value]) => {
      const expected = isLookedUp(JSON.stringify(value)) ? undefined : rule(value);
      return expected === undefined ? [] : [`${shown} must be ${expected}, got ${textOf(value)}`];
    }),
  );
  const several = (together?.(properties) ?? []).filter(
    (fault) => typeof fault === 'string' && !isLookedUp(fault),
  );
  return [...single, ...several].map((fault) => `${logicalId}: ${fault}`);
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

/** What is at `Targets[].Input`, each with its place: `Targets[1].Input`. */
function valuesAt(value: unknown, [part, ...rest]: string[], place = ''): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (part === undefined) return [[place, value]];
  const name = part.replace('[]', '');
  const found = objectOf(value)[name];
  const shown = place === '' ? name : `${place}.${name}`;
  if (name === part) return valuesAt(found, rest, shown);
  const items: unknown[] = Array.isArray(found) ? found : [];
  return items.flatMap((item, index) => valuesAt(item, rest, `${shown}[${index}]`));
}

/** A topic may list its subscriptions itself. */
function listedSubscriptions({ logicalId, type, ref, properties }: ResolvedResource): Checked[] {
  const { Subscription } = properties;
  if (type !== 'AWS::SNS::Topic' || !Array.isArray(Subscription)) return [];
  return Subscription.filter(isObject).map((subscription, index) => ({
    logicalId: `${logicalId}.Subscription[${index}]`,
    type: 'AWS::SNS::Subscription',
    properties: { ...subscription, TopicArn: ref },
  }));
}

/** Of a version or an alias, the name is its function's. */
const NAMED =
  /^AWS::(Lambda::Function|SQS::Queue|SNS::Topic|DynamoDB::\w+|Events::Rule|Scheduler::Schedule)$/;

function sameNames(resources: ResolvedResource[]): string[] {
  const seen = new Map<string, string>();
  return resources.flatMap(({ logicalId, type, ref, properties }) => {
    if (!NAMED.test(type)) return [];
    // A rule's name is that of its event bus, a schedule's that of its group.
    const { EventBusName, GroupName } = properties;
    const key = `${type} ${EventBusName ?? GroupName ?? 'default'} ${ref}`;
    const first = seen.get(key);
    seen.set(key, first ?? logicalId);
    return first === undefined ? [] : [`${logicalId}: its name is that of ${first}, got "${ref}"`];
  });
}

const ROUTE_KEY = /^(\$default|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) \/.*)$/;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
function routeFaults(resources: ResolvedResource[]): string[] {
  const ofType = (type: string) =>
    resources.filter((resource) => resource.type === `AWS::ApiGatewayV2::${type}`);
  const apis = ofType('Api').filter(({ properties }) => properties.ProtocolType === 'HTTP');
  return apis.flatMap(({ ref }) => {
    const isOfApi = ({ properties }: ResolvedResource) => properties.ApiId === ref;
    const seen = new Set<unknown>();
    const ofRoutes = ofType('Route')
      .filter(isOfApi)
      .flatMap(({ logicalId, properties: { RouteKey: key } }) => {
        if (!ROUTE_KEY.test(String(key)))
          return [`${logicalId}: RouteKey must be $default or "METHOD /path", got ${textOf(key)}`];
        if (seen.has(key)) return [`${logicalId}: the API has a route ${key} already`];
        seen.add(key);
        return [];
      });
    const unversioned = ofType('Integration').filter(
      (one) =>
        isOfApi(one) &&
        one.properties.IntegrationType === 'AWS_PROXY' &&
        one.properties.PayloadFormatVersion === undefined,
    );
    return [
      ...ofRoutes,
      ...unversioned.map(({ logicalId }) => `${logicalId}: PayloadFormatVersion has to be there`),
    ];
  });
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

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
function reservationFaults(functions: Model['functions'], quota: number): string[] {
  const reserving = functions.filter(({ reservedConcurrency = 0 }) => reservedConcurrency > 0);
  const sum = reserving.reduce(
    (total, { reservedConcurrency = 0 }) => total + reservedConcurrency,
    0,
  );
  const kept = Math.min(MINIMUM_UNRESERVED, quota);
  if (sum === 0 || quota - sum >= kept) return [];
  const each = reserving.map(({ name, reservedConcurrency }) => `${name} ${reservedConcurrency}`);
  return [
    `ReservedConcurrentExecutions: of the account's ${quota}, ${kept} stay unreserved, got ${each.join(', ')}`,
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function visibilityFault(
  { queueArn, functionName }: EventSourceMappingModel,
  { functions, queues }: Model,
): string[] {
  const queue = queues.find(({ arn }) => arn === queueArn);
  const timeout = functions.find(({ name }) => name === functionName)?.timeoutSeconds ?? 0;
  const visibility = Number(queue?.attributes.VisibilityTimeout ?? DEFAULT_VISIBILITY_SECONDS);
  if (visibility >= timeout) return [];
  return [
    `${queue?.name} -> ${functionName}: Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
function ownDestination({
  functionName,
  onFailureArn,
  onSuccessArn,
}: AsyncInvocationModel): string[] {
  const arns = [onFailureArn, onSuccessArn].filter((arn) =>
    arn?.endsWith(`:function:${functionName}`),
  );
  return arns.map(() => `${functionName}: it cannot be a destination for itself`);
}
