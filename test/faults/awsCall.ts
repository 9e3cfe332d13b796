import type { IncomingHttpHeaders } from 'node:http';
import { orderIdIn } from '../../lib/domain/order.ts';
import type { Action } from './faults.ts';

export type AwsService = 'dynamodb' | 'sns' | 'sqs';

/** A call as the rules name it, and the order it is about. */
export interface AwsCall {
  name: string;
  orderId: string;
}

export function readCall(service: AwsService, headers: IncomingHttpHeaders, body: string): AwsCall {
  if (service === 'sns') {
    const form = new URLSearchParams(body);
    return { name: form.get('Action') ?? '', orderId: orderIdIn(form.get('Message') ?? '') ?? '' };
  }
  const operation = String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  const [, table, queue] = /"TableName":"([^"]+)"|"QueueUrl":"[^"]*\/([^"]+)"/.exec(body) ?? [];
  return {
    name: [operation, table ?? queue].filter(Boolean).join(' '),
    orderId: orderIdIn(body) ?? '',
  };
}

interface AwsAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** The service's own words for "failed" and for "too many". */
export function refusal(service: AwsService, action: Action): AwsAnswer {
  const isThrottle = action === 'throttle';
  const status = isThrottle ? 400 : 500;
  if (service === 'sns') {
    const code = isThrottle ? 'Throttling' : 'InternalFailure';
    const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>on purpose</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
    return { status, contentType: 'text/xml', body };
  }
  const type = {
    dynamodb: isThrottle
      ? 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'
      : 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    sqs: isThrottle ? 'com.amazonaws.sqs#RequestThrottled' : 'com.amazonaws.sqs#InternalFailure',
  }[service];
  const body = JSON.stringify({ __type: type, message: 'on purpose' });
  return { status, contentType: 'application/x-amz-json-1.0', body };
}
