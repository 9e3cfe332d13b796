import { isObject } from '../../../common/json.ts';
import { listOf, type Properties } from './rule.ts';

type Faults = (string | false | undefined)[];

const keysOf = ({ KeySchema }: Properties) => listOf(KeySchema);
const namesOf = (items: Properties[]) => items.map(({ AttributeName }) => String(AttributeName));
const NAME = /^[.\w-]{3,255}$/;
const MOST = { global: 20, local: 5, projected: 20 };

/** What DynamoDB refuses in a table. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html */
export function tableFaults(properties: Properties): Faults {
  const global = listOf(properties.GlobalSecondaryIndexes);
  const local = listOf(properties.LocalSecondaryIndexes);
  const indexes = [...global, ...local];
  const indexNames = indexes.map(({ IndexName }) => String(IndexName));
  const { TableName: name } = properties;
  return [
    name !== undefined &&
      !NAME.test(String(name)) &&
      `TableName must be 3 to 255 letters, digits, . - and _, got "${name}"`,
    ...attributeFaults(properties, indexes),
    keyFault(properties) && `KeySchema ${keyFault(properties)}`,
    global.length > MOST.global && `there are more than ${MOST.global} GlobalSecondaryIndexes`,
    local.length > MOST.local && `there are more than ${MOST.local} LocalSecondaryIndexes`,
    new Set(indexNames).size < indexNames.length &&
      `each IndexName is there once, got ${indexNames.join(', ')}`,
    ...local.flatMap((index) => localFaults(index, properties)),
    ...indexes.flatMap(indexFaults),
    ...throughputFaults(properties, global),
  ];
}

function attributeFaults(properties: Properties, indexes: Properties[]): Faults {
  const attributes = listOf(properties.AttributeDefinitions);
  const defined = namesOf(attributes);
  const used = new Set([properties, ...indexes].flatMap((of) => namesOf(keysOf(of))));
  const missing = [...used].filter((name) => !defined.includes(name));
  const unused = defined.filter((name) => !used.has(name));
  const types = attributes.filter(({ AttributeType }) => !/^[SNB]$/.test(String(AttributeType)));
  return [
    missing.length > 0 && `AttributeDefinitions: the keys need ${missing.join(', ')}`,
    unused.length > 0 && `AttributeDefinitions: no key uses ${unused.join(', ')}`,
    new Set(defined).size < defined.length &&
      `AttributeDefinitions: each name is there once, got ${defined.join(', ')}`,
    types.length > 0 &&
      `AttributeDefinitions: the type of ${namesOf(types).join(', ')} is S, N or B`,
  ];
}

function keyFault(of: Properties): string | undefined {
  const types = keysOf(of).map(({ KeyType }) => KeyType);
  const names = new Set(namesOf(keysOf(of)));
  const isKey =
    types[0] === 'HASH' && (types.length === 1 || (types.length === 2 && types[1] === 'RANGE'));
  if (isKey && names.size === types.length) return undefined;
  return `is a HASH key and at most one RANGE key of another name, got ${JSON.stringify(of.KeySchema)}`;
}

function localFaults(index: Properties, table: Properties): Faults {
  const [own, ofTable] = [keysOf(index), keysOf(table)].map(namesOf);
  return [
    (keyFault(index) !== undefined || own?.length !== 2) &&
      `${index.IndexName}: KeySchema of a local index is a HASH key and a RANGE key, got ${JSON.stringify(index.KeySchema)}`,
    (ofTable?.length ?? 0) < 2 &&
      `${index.IndexName}: a local index needs a table with a RANGE key`,
    own?.[0] !== ofTable?.[0] && `${index.IndexName}: a local index has the HASH key of its table`,
  ];
}

function indexFaults({ IndexName: name, Projection, KeySchema }: Properties): Faults {
  const { ProjectionType: type, NonKeyAttributes: others = [] } = isObject(Projection)
    ? Projection
    : {};
  const count = Array.isArray(others) ? others.length : 0;
  return [
    !NAME.test(String(name)) &&
      `IndexName must be 3 to 255 letters, digits, . - and _, got "${name}"`,
    listOf(KeySchema)[0]?.KeyType !== 'HASH' && `${name}: KeySchema begins with a HASH key`,
    !/^(ALL|KEYS_ONLY|INCLUDE)$/.test(String(type)) &&
      `${name}: ProjectionType must be ALL, KEYS_ONLY or INCLUDE, got ${JSON.stringify(type)}`,
    (type === 'INCLUDE' ? count === 0 : type === 'ALL' && count > 0) &&
      `${name}: the ProjectionType ${type} ${count > 0 ? 'has no' : 'needs'} NonKeyAttributes`,
    count > MOST.projected && `${name}: there are more than ${MOST.projected} NonKeyAttributes`,
  ];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
function throughputFaults(
  { BillingMode, ProvisionedThroughput, Replicas }: Properties,
  global: Properties[],
): Faults {
  if (Replicas !== undefined) return [];
  const mode = BillingMode ?? 'PROVISIONED';
  const isProvisioned = mode === 'PROVISIONED';
  const wrong = global.filter(
    (index) => (index.ProvisionedThroughput !== undefined) !== isProvisioned,
  );
  const rule = isProvisioned ? 'needs' : 'has no';
  return [
    mode !== 'PROVISIONED' &&
      mode !== 'PAY_PER_REQUEST' &&
      `BillingMode must be PROVISIONED or PAY_PER_REQUEST, got ${JSON.stringify(mode)}`,
    (ProvisionedThroughput !== undefined) !== isProvisioned &&
      `a table of the BillingMode ${mode} ${rule} ProvisionedThroughput`,
    ...wrong.map(
      ({ IndexName }) =>
        `${IndexName}: an index of the BillingMode ${mode} ${rule} ProvisionedThroughput`,
    ),
  ];
}
