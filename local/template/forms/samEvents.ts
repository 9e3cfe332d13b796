import type { TemplateResource } from '../resolve.ts';
import { asProperties, type Properties, type Resources } from './properties.ts';
import { IMPLICIT_API, routeOf } from './samHttpApi.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/**
 * What SAM makes of an event of a function; one that is not run here keeps its type, for the list of what is not run.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
 */
export function expandEvent(
  functionId: string,
  name: string,
  { Type: type, Properties: given }: Properties,
  apis: Map<string, TemplateResource>,
): Resources {
  const id = `${functionId}${name}`;
  const properties = asProperties(given);
  switch (type) {
    case 'HttpApi': {
      const api = asProperties(properties.ApiId).Ref ?? properties.ApiId ?? IMPLICIT_API;
      return routeOf(id, functionId, properties, String(api), apis.get(String(api)));
    }
    case 'SQS': {
      const { Queue, ...settings } = properties;
      const mapping = { ...settings, EventSourceArn: Queue, FunctionName: { Ref: functionId } };
      return { [id]: { Type: 'AWS::Lambda::EventSourceMapping', Properties: mapping } };
    }
    case 'SNS': {
      const { Topic, SqsSubscription: throughQueue, ...settings } = properties;
      if (throughQueue) break;
      const endpoint = { TopicArn: Topic, Protocol: 'lambda', Endpoint: arnOf(functionId) };
      return { [id]: { Type: 'AWS::SNS::Subscription', Properties: { ...settings, ...endpoint } } };
    }
    case 'Schedule':
      return { [id]: rule(functionId, properties) };
    case 'ScheduleV2':
      return { [id]: schedule(functionId, properties) };
  }
  return { [id]: { Type: `AWS::Serverless::Function event ${type}` } };
}

/** SAM has two ways to say that a schedule rests. */
const state = ({ State, Enabled }: Properties) =>
  State ?? (String(Enabled ?? true) === 'true' ? 'ENABLED' : 'DISABLED');

function rule(functionId: string, properties: Properties): TemplateResource {
  const {
    Schedule,
    Enabled: _enabled,
    State: _state,
    Input,
    RetryPolicy,
    DeadLetterConfig,
    ...others
  } = properties;
  const target = { Arn: arnOf(functionId), Id: 'Target', Input, RetryPolicy, DeadLetterConfig };
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      ...others,
      ScheduleExpression: Schedule,
      State: state(properties),
      Targets: [target],
    },
  };
}

function schedule(functionId: string, properties: Properties): TemplateResource {
  const {
    Input,
    RetryPolicy,
    DeadLetterConfig,
    RoleArn,
    PermissionsBoundary: _,
    OmitName: _name,
    ...others
  } = properties;
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      FlexibleTimeWindow: { Mode: 'OFF' },
      ...others,
      State: state(properties),
      Target: { Arn: arnOf(functionId), Input, RetryPolicy, DeadLetterConfig, RoleArn },
    },
  };
}
