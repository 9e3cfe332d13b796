import type { ReportNotRun } from './model.ts';
import type { TemplateResource } from './resolve.ts';

/**
 * What of a template changes behaviour and is not run here. `run` and `inert` properties need no word: they are
 * carried out, or make no difference on one machine (rights, tags, encryption at rest, log retention).
 */
interface Coverage {
  run: string[];
  inert?: string[];
  /** Known properties that do change behaviour, with what happens here instead. */
  differs?: Record<string, string>;
}

const names = (text: string): string[] => text.split(/\s+/);

const COVERAGE: Record<string, Coverage> = {
  'AWS::Lambda::Function': {
    run: names(`Code Handler Runtime FunctionName MemorySize Timeout Environment
      ReservedConcurrentExecutions DeadLetterConfig LoggingConfig`),
    inert: names('Architectures Role Description Tags TracingConfig KmsKeyArn PackageType'),
    differs: {
      Layers: 'the function runs without its layers',
      VpcConfig: 'the function reaches the network of this machine',
      EphemeralStorage: 'the size of /tmp is not limited',
      FileSystemConfigs: 'no file system is mounted',
      SnapStart: 'every environment starts afresh',
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    run: names(`EventSourceArn FunctionName BatchSize MaximumBatchingWindowInSeconds Enabled
      FunctionResponseTypes ScalingConfig FilterCriteria`),
    inert: names('Tags MetricsConfig KmsKeyArn'),
    differs: { ProvisionedPollerConfig: 'the mapping scales as one without provisioned pollers' },
  },
  'AWS::Lambda::Alias': {
    run: names('FunctionName FunctionVersion Name'),
    inert: names('Description'),
    differs: {
      ProvisionedConcurrencyConfig: 'environments start when they are needed',
      RoutingConfig: 'the alias is the code of this manifest, whole',
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    run: names(`FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds
      DestinationConfig`),
  },
  'AWS::SQS::Queue': {
    run: names(`QueueName VisibilityTimeout ReceiveMessageWaitTimeSeconds DelaySeconds
      MaximumMessageSize RedrivePolicy FifoQueue ContentBasedDeduplication`),
    inert: names(`SqsManagedSseEnabled KmsMasterKeyId KmsDataKeyReusePeriodSeconds Tags
      RedriveAllowPolicy`),
    differs: { MessageRetentionPeriod: 'a message stays until it is deleted' },
  },
  'AWS::SNS::Topic': {
    run: names('TopicName DisplayName FifoTopic ContentBasedDeduplication Subscription'),
    inert: names('KmsMasterKeyId Tags TracingConfig'),
  },
  'AWS::SNS::Subscription': {
    run: names(`TopicArn Protocol Endpoint RawMessageDelivery FilterPolicy FilterPolicyScope
      RedrivePolicy`),
    inert: names('Region'),
  },
  'AWS::DynamoDB::Table': {
    run: names(`TableName AttributeDefinitions KeySchema BillingMode ProvisionedThroughput
      GlobalSecondaryIndexes LocalSecondaryIndexes`),
    inert: names(`PointInTimeRecoverySpecification SSESpecification Tags TableClass
      DeletionProtectionEnabled ContributorInsightsSpecification WarmThroughput`),
    differs: {
      TimeToLiveSpecification: 'items do not expire',
      StreamSpecification: 'there is no stream',
    },
  },
  'AWS::DynamoDB::GlobalTable': {
    run: names(
      'TableName AttributeDefinitions KeySchema GlobalSecondaryIndexes LocalSecondaryIndexes',
    ),
    inert: names(`BillingMode Replicas SSESpecification WriteProvisionedThroughputSettings
      WriteOnDemandThroughputSettings ReadOnDemandThroughputSettings WarmThroughput`),
    differs: {
      TimeToLiveSpecification: 'items do not expire',
      StreamSpecification: 'there is no stream',
    },
  },
  'AWS::ApiGatewayV2::Api': {
    run: names('Name ProtocolType CorsConfiguration Body'),
    inert: names('Description Tags DisableExecuteApiEndpoint Version'),
  },
  'AWS::ApiGatewayV2::Stage': {
    run: names(`ApiId StageName AutoDeploy DefaultRouteSettings RouteSettings AccessLogSettings
      StageVariables`),
    inert: names('Description Tags'),
  },
  'AWS::ApiGatewayV2::Integration': {
    run: names('ApiId IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis'),
    inert: names('Description CredentialsArn IntegrationMethod'),
  },
  'AWS::ApiGatewayV2::Route': {
    run: names('ApiId RouteKey Target AuthorizationType AuthorizerId AuthorizationScopes'),
    inert: names('OperationName'),
  },
  'AWS::ApiGatewayV2::Authorizer': {
    run: names(`ApiId AuthorizerType JwtConfiguration IdentitySource AuthorizerUri
      AuthorizerPayloadFormatVersion EnableSimpleResponses AuthorizerResultTtlInSeconds`),
    inert: names('Name AuthorizerCredentialsArn'),
  },
  'AWS::Scheduler::Schedule': {
    run: names('Name ScheduleExpression ScheduleExpressionTimezone State Target'),
    inert: names('Description GroupName KmsKeyArn FlexibleTimeWindow'),
    differs: {
      StartDate: 'the schedule runs from the start on',
      EndDate: 'the schedule does not end',
    },
  },
  'AWS::Events::Rule': {
    run: names('Name ScheduleExpression State Targets'),
    inert: names('Description Tags'),
    differs: { EventPattern: 'no event reaches it: only schedules are run' },
  },
};

/** Types that make no difference to how orders flow on one machine. */
const INERT_TYPES = new Set([
  'AWS::CDK::Metadata',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::S3::BucketPolicy',
]);

/** Holds what a deployment uploads; any other bucket is one that functions use. */
const DEPLOYMENT_BUCKET = 'ServerlessDeploymentBucket';

/** What of a resource is carried out; undefined for a type that is not run. */
export const namesThatRun = (type: string): string[] | undefined => COVERAGE[type]?.run;

/** Reports the type, or the properties, of a resource that are not run here and would change behaviour. */
export function reportNotRun(
  logicalId: string,
  { Type: type, Properties: properties = {} }: TemplateResource,
  report: ReportNotRun,
): void {
  if (INERT_TYPES.has(type) || logicalId === DEPLOYMENT_BUCKET) return;
  const coverage = COVERAGE[type];
  if (!coverage) {
    report(`${logicalId} (${type})`, 'resources of this type are not run');
    return;
  }
  const silent = new Set([...coverage.run, ...(coverage.inert ?? [])]);
  for (const property of Object.keys(properties)) {
    if (silent.has(property)) continue;
    report(
      `${type} ${property}`,
      coverage.differs?.[property] ?? 'this property is not known here',
    );
  }
}
