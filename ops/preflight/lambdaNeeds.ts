import { type CompiledTemplate, object, type Resource } from './compiledTemplate.ts';

export interface Need {
  action: string;
  /** Undefined where AWS knows no narrower resource. */
  resourceId?: string | undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const QUEUE_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html; the log group is the stack's. */
const LOG_ACTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html */
const TRACE_ACTIONS = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const DESTINATION_ACTIONS: Record<string, string> = {
  'AWS::SQS::Queue': 'sqs:SendMessage',
  'AWS::SNS::Topic': 'sns:Publish',
  'AWS::Lambda::Function': 'lambda:InvokeFunction',
};

/** What Lambda itself does with a function's role, as the template has it. */
export function lambdaNeeds(of: Resource, template: CompiledTemplate): Need[] {
  const isOf = ({ Properties }: Resource) => template.target(Properties.FunctionName)?.id === of.id;
  const queues = template
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(isOf)
    .map(({ Properties }) => template.target(Properties.EventSourceArn)?.id);
  const destinations = template
    .ofType('AWS::Lambda::EventInvokeConfig')
    .filter(isOf)
    .flatMap(({ Properties }) => Object.values(object(Properties.DestinationConfig)))
    .map((destination) => template.target(object(destination).Destination));
  const isTraced = object(of.Properties.TracingConfig).Mode === 'Active';
  return [
    ...LOG_ACTIONS.map((action) => ({ action })),
    ...queues.flatMap((resourceId) => QUEUE_ACTIONS.map((action) => ({ action, resourceId }))),
    ...destinations.flatMap((to) => {
      const action = to && DESTINATION_ACTIONS[to.Type];
      return action === undefined ? [] : [{ action, resourceId: to?.id }];
    }),
    ...(isTraced ? TRACE_ACTIONS.map((action) => ({ action })) : []),
  ];
}
