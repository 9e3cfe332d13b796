import type { CompiledTemplate, Resource } from '../compiledTemplate.ts';
import { list, object, referencesIn } from '../compiledTemplate.ts';
import type { Finding, Rule } from '../rule.ts';

const CLOUDFORMATION = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const isKept = ({ DeletionPolicy }: Resource) => /^Retain/.test(DeletionPolicy ?? 'Delete');

const perTable =
  (find: (of: Resource) => string | false) =>
  (template: CompiledTemplate): Finding[] =>
    template.ofType('AWS::DynamoDB::Table').flatMap((table) => {
      const found = find(table);
      return found ? [{ resource: table.id, found }] : [];
    });

const alarms = (template: CompiledTemplate) => template.ofType('AWS::CloudWatch::Alarm');

/** Whether a metric stands anywhere but inside FILL(...), which has a value before the metric has arrived. */
function isFilled({ Properties }: Resource): boolean {
  const metrics = list(Properties.Metrics).map(object);
  const expression = metrics.map((it) => it.Expression).find((it) => typeof it === 'string');
  if (typeof expression !== 'string' || !expression.includes('FILL(')) return false;
  const bare = expression.replaceAll(/FILL\([^)]*\)/g, '');
  const ids = metrics.filter((it) => it.MetricStat !== undefined).map((it) => String(it.Id));
  return !ids.some((id) => new RegExp(`\\b${id}\\b`).test(bare));
}

export const STORAGE_RULES: Rule[] = [
  {
    id: 'kept-table-with-a-fixed-name',
    severity: 'error',
    demands: 'a kept table with a name of its own goes with a stack that could not be created',
    costs: 'the retry of a failed first deployment ends in "already exists", and takes no order',
    wayOut: 'use RetainExceptOnCreate',
    source: `${CLOUDFORMATION}/aws-attribute-deletionpolicy.html`,
    find: perTable(
      ({ DeletionPolicy, Properties }) =>
        DeletionPolicy === 'Retain' && Properties.TableName !== undefined && 'is kept by Retain',
    ),
    fixture: { at: ['OrdersTable', 'DeletionPolicy'], becomes: 'Retain' },
  },
  {
    id: 'kept-table-lost-by-replacement',
    severity: 'error',
    demands: 'a kept table is kept when an update replaces it, too',
    costs: 'a changed key replaces the table and deletes every order in it',
    wayOut: 'set UpdateReplacePolicy to Retain',
    source: `${CLOUDFORMATION}/aws-attribute-updatereplacepolicy.html`,
    find: perTable(
      (of) => isKept(of) && of.UpdateReplacePolicy !== 'Retain' && 'is deleted when it is replaced',
    ),
    fixture: { at: ['OrdersTable', 'UpdateReplacePolicy'], becomes: 'Delete' },
  },
  {
    id: 'kept-table-without-protection',
    severity: 'warning',
    demands: 'a kept table is protected against deletion',
    costs: 'one call deletes every order',
    wayOut: 'deploy without DELETION_PROTECTION=off, which is for the first deployment alone',
    source:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html',
    find: perTable(
      (of) => isKept(of) && of.Properties.DeletionProtectionEnabled !== true && 'is not protected',
    ),
    fixture: {
      at: ['OrdersTable', 'Properties', 'DeletionProtectionEnabled'],
      becomes: false,
    },
  },
  {
    id: 'salt-of-the-stack',
    severity: 'error',
    demands: 'where tables are kept, nothing that outlives the stack is derived from its id',
    costs:
      'over the kept tables a new stack has another salt: an order sent again is charged again',
    wayOut: 'set ORDER_ID_SALT',
    source:
      'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html',
    find: (template) =>
      template.ofType('AWS::DynamoDB::Table').some(isKept)
        ? template.ofType('AWS::Lambda::Function').flatMap(({ id, Properties }) => {
            const variables = Object.entries(object(object(Properties.Environment).Variables));
            return variables
              .filter(([, value]) => referencesIn(value).includes('AWS::StackId'))
              .map(([name]) => ({ resource: id, found: `takes ${name} from the id of the stack` }));
          })
        : [],
    fixture: {
      at: ['OrderAsyncLambdaFunction', 'Properties', 'Environment', 'Variables', 'ORDER_ID_SALT'],
      becomes: { Ref: 'AWS::StackId' },
    },
  },
  {
    id: 'alarm-fills-its-newest-point',
    severity: 'error',
    demands: 'an alarm on metric math has a metric that it does not fill',
    costs: 'the newest minute is always filled, so the alarm never goes off: orders wait unseen',
    wayOut: 'take FILL away from the metric that makes it go off',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html',
    find: (template) =>
      alarms(template)
        .filter(isFilled)
        .map(({ id }) => ({ resource: id, found: 'fills every metric of its expression' })),
    fixture: {
      at: ['NoCompletionsAlarm', 'Properties', 'Metrics', '0', 'Expression'],
      becomes: 'IF(FILL(waiting, 0) > 0 AND FILL(ended, 0) == 0, 1, 0)',
    },
  },
  {
    id: 'alarm-that-tells-nobody',
    severity: 'warning',
    demands: 'an alarm notifies a topic',
    costs: 'orders are lost or late until somebody looks at the console',
    wayOut: 'set ALARM_TOPIC_ARN',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html',
    find: (template) => {
      const silent = alarms(template).filter(
        ({ Properties }) => list(Properties.AlarmActions).length === 0,
      );
      const [first] = silent;
      return first === undefined
        ? []
        : [{ resource: first.id, found: `and ${silent.length - 1} others have no action` }];
    },
    fixture: { at: ['OldestMessageAlarm', 'Properties', 'AlarmActions'], becomes: undefined },
  },
  {
    id: 'log-kept-for-ever',
    severity: 'warning',
    demands: 'a log group has a retention',
    costs: 'nothing of an order; its lines are paid for as long as the account exists',
    wayOut: 'set LOG_RETENTION_DAYS',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html',
    find: (template) =>
      template
        .ofType('AWS::Logs::LogGroup')
        .filter(({ Properties }) => Properties.RetentionInDays === undefined)
        .map(({ id }) => ({ resource: id, found: 'has no RetentionInDays' })),
    fixture: { at: ['HealthLogGroup', 'Properties', 'RetentionInDays'], becomes: undefined },
  },
  {
    id: 'access-log-outside-vendedlogs',
    severity: 'warning',
    demands: "an access log's group begins with /aws/vendedlogs/",
    costs:
      'each adds to one policy of the account: when that is full, a deployment fails and takes no order',
    wayOut: 'name the group /aws/vendedlogs/...',
    source:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html',
    find: (template) =>
      template.ofType('AWS::ApiGatewayV2::Stage').flatMap(({ Properties }) => {
        const group = template.target(object(Properties.AccessLogSettings).DestinationArn);
        const name = group?.Properties.LogGroupName;
        return group === undefined || String(name).startsWith('/aws/vendedlogs/')
          ? []
          : [{ resource: group.id, found: `is named ${name}` }];
      }),
    fixture: {
      at: ['HttpApiLogGroup', 'Properties', 'LogGroupName'],
      becomes: '/aws/http-api/flash-sale-prod',
    },
  },
];
