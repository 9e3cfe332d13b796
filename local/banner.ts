import type { ReadyFile } from './readyFile.ts';
import type { NotRun } from './template/model.ts';

const ORDER = `{"customer_id":123,"items":[{"item_id":"item-1","name":"Product Name","price":99.99,"quantity":2}]}`;

/** What the terminal shows when orders can be taken. The last line is what scripts wait for. */
export function banner(ready: ReadyFile, version: string, notRun: NotRun[]): string {
  const post = (route: string) =>
    `curl -i -H 'content-type: application/json' -d '${ORDER}' '${ready.api}${route}'`;
  return [
    `flash-sale ${version}, the manifest on this machine. Ctrl-C stops it.`,
    '',
    `  Orders   ${ready.api}`,
    `  Console  ${ready.console}`,
    '',
    'The buyer waits for the payment:',
    `  ${post('/orders/sync')}`,
    'A queue and its workers:',
    `  ${post('/orders/async?way=queued')}`,
    'SNS straight to Lambda:',
    `  ${post('/orders/async?way=direct')}`,
    '',
    'For the AWS CLI and the SDKs:',
    `  export AWS_ENDPOINT_URL_SNS=${ready.endpoints.sns} AWS_ENDPOINT_URL_SQS=${ready.endpoints.sqs}`,
    `  export AWS_ENDPOINT_URL_DYNAMODB=${ready.endpoints.dynamodb} AWS_ENDPOINT_URL_LAMBDA=${ready.endpoints.lambda}`,
    '  export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    '',
    ...notRunLines(notRun),
    `Ready: ${ready.api}`,
  ].join('\n');
}

function notRunLines(notRun: NotRun[]): string[] {
  if (notRun.length === 0) return [];
  return [
    'Declared in the manifest, not run here:',
    ...notRun.map(({ what, why }) => `  ${what}: ${why}`),
    '',
  ];
}
