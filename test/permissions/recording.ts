import type { IncomingHttpHeaders } from 'node:http';
import type { FunctionKey } from '../../ops/serviceNames.ts';
import type { AwsService } from '../faults/awsCall.ts';

/** What IAM is asked of a call: may this action be done to this resource? */
export interface Call {
  action: string;
  resource: string;
}
export type Calls = Record<string, Call[]>;

const ACCOUNT = 'us-east-1:000000000000';
const PREFIX = 'flash-sale-local-';

/** Each call once, by the name of the function whose credentials signed it. */
export class Recording {
  readonly #lines = new Set<string>();

  add(service: AwsService, headers: IncomingHttpHeaders, body: string): void {
    const [, by = ''] = /Credential=([^/]+)\//.exec(headers.authorization ?? '') ?? [];
    const { action, resource } = readCall(service, headers, body);
    this.#lines.add([by, action, resource].join(' '));
  }

  /** Whether the function of this key has done it to that table. */
  hasOnTable(key: FunctionKey, action: string, table: string): boolean {
    const resource = `arn:aws:dynamodb:${ACCOUNT}:table/${PREFIX}${table}`;
    return this.#lines.has([`${PREFIX}${key}`, action, resource].join(' '));
  }

  /** In a fixed order, by the function's key; what none of `keys` has signed is the runtime's own. */
  callsOf(keys: readonly FunctionKey[]): Calls {
    const lines = [...this.#lines].sort().map((line) => line.split(' '));
    const of = (key: string): Call[] =>
      lines
        .filter(([by]) => by === `${PREFIX}${key}`)
        .map(([, action = '', resource = '']) => ({ action, resource }));
    return Object.fromEntries(keys.map((key) => [key, of(key)]));
  }
}

function readCall(service: AwsService, headers: IncomingHttpHeaders, body: string): Call {
  if (service === 'sns') {
    const form = new URLSearchParams(body);
    return { action: `sns:${form.get('Action')}`, resource: form.get('TopicArn') ?? '' };
  }
  const operation = String(headers['x-amz-target']).split('.')[1];
  if (service === 'sqs') {
    const { QueueUrl } = JSON.parse(body) as { QueueUrl: string };
    const resource = `arn:aws:sqs:${ACCOUNT}:${QueueUrl.split('/').at(-1)}`;
    return { action: `sqs:${operation}`, resource };
  }
  const {
    RequestItems = {},
    TableName = Object.keys(RequestItems)[0],
    IndexName,
  } = JSON.parse(body) as { TableName?: string; IndexName?: string; RequestItems?: object };
  const index = IndexName === undefined ? '' : `/index/${IndexName}`;
  return {
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${ACCOUNT}:table/${TableName}${index}`,
  };
}
