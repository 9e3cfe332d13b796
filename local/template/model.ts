/**
 * What a compiled template declares, with every reference resolved: the one description that all parts of the local
 * runtime work from. Names and defaults are CloudFormation's.
 */
export interface ServiceModel {
  service: string;
  stage: string;
  region: string;
  accountId: string;
  functions: FunctionModel[];
  eventSourceMappings: EventSourceMappingModel[];
  asyncInvocation: AsyncInvocationModel[];
  schedules: ScheduleModel[];
  queues: QueueModel[];
  topics: TopicModel[];
  subscriptions: SubscriptionModel[];
  tables: TableModel[];
  httpApi: HttpApiModel | undefined;
  outputs: Record<string, string>;
  /** Resource types and properties that are not run here, each with the reason it matters. */
  notRun: NotRun[];
}

export interface FunctionModel {
  logicalId: string;
  /** The manifest's key, for log lines: `queueWorker`. */
  key: string;
  /** `flash-sale-dev-queueWorker` */
  name: string;
  arn: string;
  handler: string;
  runtime: string;
  /** The zip that a deployment would upload. */
  zipPath: string;
  timeoutSeconds: number;
  memoryMb: number;
  logging: LoggingModel;
  environment: Record<string, string>;
  /** Undefined: the function shares the account's unreserved pool. */
  reservedConcurrency: number | undefined;
  /** `DeadLetterConfig.TargetArn` of the function itself. */
  deadLetterArn: string | undefined;
  /** What makes no difference here, and is told when it is asked for. */
  described?: Record<string, unknown>;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html */
export interface LoggingModel {
  isJson: boolean;
  /** Of a JSON log alone; text has every line. */
  applicationLevel: string;
  systemLevel: string;
}

export interface EventSourceMappingModel {
  uuid: string;
  functionName: string;
  queueArn: string;
  enabled: boolean;
  batchSize: number;
  windowSeconds: number;
  /** `ScalingConfig.MaximumConcurrency` */
  maximumConcurrency: number | undefined;
  /** Event pollers of the provisioned mode, as many all the time. Templates have none that are run. */
  pollers?: number;
  reportBatchItemFailures: boolean;
  /** `FilterCriteria.Filters[].Pattern`, parsed. */
  filters: Record<string, unknown>[];
}

export interface AsyncInvocationModel {
  functionName: string;
  /** 0 to 2 */
  maximumRetryAttempts: number;
  maximumEventAgeSeconds: number;
  onFailureArn: string | undefined;
  onSuccessArn: string | undefined;
}

export interface ScheduleModel {
  ruleName: string;
  arn: string;
  /** `rate(1 minute)` or `cron(...)` */
  expression: string;
  enabled: boolean;
  /** Else it is a rule of EventBridge. */
  source?: 'aws.scheduler';
  targets: { functionName: string; input: string | undefined }[];
}

export interface QueueModel {
  logicalId: string;
  name: string;
  arn: string;
  url: string;
  /** As SQS `CreateQueue` takes them. */
  attributes: Record<string, string>;
}

export interface TopicModel {
  name: string;
  arn: string;
  attributes: Record<string, string>;
}

export interface SubscriptionModel {
  topicArn: string;
  protocol: string;
  endpoint: string;
  rawMessageDelivery: boolean;
  filterPolicy: Record<string, unknown> | undefined;
  filterPolicyScope: 'MessageAttributes' | 'MessageBody';
  deadLetterArn: string | undefined;
}

export interface TableModel {
  logicalId: string;
  name: string;
  /** The properties that DynamoDB `CreateTable` takes, as the template has them. */
  definition: Record<string, unknown>;
}

export interface HttpApiModel {
  id: string;
  routes: {
    routeKey: string;
    functionName: string;
    timeoutMs: number;
    payloadFormatVersion: '1.0' | '2.0';
    authorizer?: AuthorizerModel | undefined;
    /** Of a JWT authorizer: a token needs one of them. */
    scopes?: string[];
  }[];
  cors: CorsModel | undefined;
  throttling: ThrottlingModel | undefined;
  /** Per route key, over the stage's own. */
  routeThrottling: Record<string, ThrottlingModel>;
  accessLogFormat: string | undefined;
  stageVariables: Record<string, string>;
}

export type AuthorizerModel =
  | { kind: 'jwt'; issuer: string; audiences: string[]; identitySources: string[] }
  | {
      kind: 'lambda';
      functionName: string;
      payloadFormatVersion: '1.0' | '2.0';
      isSimple: boolean;
      identitySources: string[];
      ttlSeconds: number;
    };

export interface ThrottlingModel {
  rateLimit: number;
  burstLimit: number;
}

export interface CorsModel {
  allowOrigins: string[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  allowCredentials: boolean;
  maxAgeSeconds: number | undefined;
}

export interface NotRun {
  /** `LogicalId (AWS::Type)` or `LogicalId.Property` */
  what: string;
  why: string;
}

/** Adds to the list of what is not run. */
export type ReportNotRun = (what: string, why: string) => void;
