import { roleId } from '../cloudwatch/metrics.ts';
import type { Sizing } from '../parameters.ts';
import type { FunctionKey } from '../serviceNames.ts';

/** What a stage with a stock has beside the rest of the manifest; nothing for any other. */
export function stockResources({ stock, tables }: Pick<Sizing, 'stock' | 'tables'>) {
  if (stock === undefined) return {};
  return {
    Resources: {
      StockTable: table(tables),
      StockIntakePolicy: policy(
        ['orderSync', 'orderAsync'],
        ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        ['open', 'held'],
      ),
      StockWorkerPolicy: policy(
        ['orderCancel', 'queueWorker', 'topicProcessor'],
        ['dynamodb:UpdateItem'],
        [],
      ),
      StockSweeperPolicy: policy(
        ['orderSweeper'],
        ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        ['open', 'held'],
        // In the place of an order that never came to be, whose units are freed.
        [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: ORDERS_ARN }],
      ),
    },
    Outputs: { StockTableName: { Value: { Ref: 'StockTable' } } },
  };
}

/** Sparse indexes of keys alone: rows with units free, and rows with units held that nobody has paid yet. */
const index = (name: 'open' | 'held', WarmThroughput: object) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: `${name}_in`, KeyType: 'HASH' },
    { AttributeName: 'row_id', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'KEYS_ONLY' },
  WarmThroughput,
});

// A variable of the manifest, as in the other tables.
const tableName = '$' + '{self:custom.name}-stock';

const table = ({
  deletionPolicy,
  updateReplacePolicy,
  isProtected,
  warmThroughput,
}: Sizing['tables']) => ({
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: deletionPolicy,
  UpdateReplacePolicy: updateReplacePolicy,
  Properties: {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: isProtected,
    WarmThroughput: warmThroughput,
    AttributeDefinitions: ['row_id', 'open_in', 'held_in'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [{ AttributeName: 'row_id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [index('open', warmThroughput), index('held', warmThroughput)],
  },
});

const ORDERS_ARN = { 'Fn::GetAtt': ['OrdersTable', 'Arn'] };
const TABLE_ARN = { 'Fn::GetAtt': ['StockTable', 'Arn'] };

const policy = (
  functions: FunctionKey[],
  actions: string[],
  indexes: string[],
  more: object[] = [],
) => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: {
    Roles: functions.map((key) => ({ Ref: roleId(key) })),
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: actions, Resource: TABLE_ARN },
        ...(indexes.length === 0
          ? []
          : [
              {
                Effect: 'Allow',
                Action: 'dynamodb:Query',
                Resource: indexes.map((name) => ({
                  'Fn::Join': ['/', [TABLE_ARN, 'index', name]],
                })),
              },
            ]),
        ...more,
      ],
    },
  },
});
