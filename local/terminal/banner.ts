import type { ReadyFile } from '../../contracts/readyFile.ts';
import type { NotRun, ServiceModel } from '../template/model.ts';

const ORDER = `{"customer_id":123,"items":[{"item_id":"item-1","name":"Product Name","price":99.99,"quantity":2}]}`;

/** The sale's three ways, as a newcomer tries them. */
const EXAMPLES = [
  { about: 'The buyer waits for the payment:', path: '/orders/sync' },
  { about: 'A queue and its workers:', path: '/orders/async?way=queued' },
  { about: 'SNS straight to Lambda:', path: '/orders/async?way=direct' },
];

/** What the terminal shows when requests can be taken. The last line is what scripts wait for. */
export function banner(
  { api, console, endpoints }: ReadyFile,
  { service, region, httpApi, notRun }: ServiceModel,
  version: string,
): string {
  return [
    `${[service, version].join(' ').trim()}, the manifest on this machine. Ctrl-C stops it.`,
    '',
    ...(api === '' ? [] : [`  API      ${api}`]),
    `  Console  ${console}`,
    '',
    ...routeLines(api, httpApi?.routes.map(({ routeKey }) => routeKey) ?? []),
    'For the AWS CLI and the SDKs:',
    `  export AWS_ENDPOINT_URL_SNS=${endpoints.sns} AWS_ENDPOINT_URL_SQS=${endpoints.sqs}`,
    `  export AWS_ENDPOINT_URL_DYNAMODB=${endpoints.dynamodb} AWS_ENDPOINT_URL_LAMBDA=${endpoints.lambda}`,
    `  export AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local`,
    '  They stay in that shell: sls deploy would go to this machine, not to AWS. Open another one to deploy.',
    // https://github.com/aws/aws-cli/issues/8737
    '  (version 1 of the AWS CLI needs a flag for SQS: aws --endpoint-url $AWS_ENDPOINT_URL_SQS sqs ...)',
    '',
    ...notRunLines(notRun),
    `Ready: ${(api || console).replace('127.0.0.1', 'localhost')}`,
  ].join('\n');
}

/** A line to try for each way of the sale; of another service its routes. */
function routeLines(api: string, routeKeys: string[]): string[] {
  if (routeKeys.length === 0) return [];
  const examples = EXAMPLES.filter(({ path }) => routeKeys.includes(`POST ${path.split('?')[0]}`));
  if (examples.length === 0) return ['Routes:', ...routeKeys.map((key) => `  ${key}`), ''];
  const post = (path: string) =>
    `curl -i -H 'content-type: application/json' -d '${ORDER}' '${api}${path}'`;
  return [...examples.flatMap(({ about, path }) => [about, `  ${post(path)}`]), ''];
}

function notRunLines(notRun: NotRun[]): string[] {
  if (notRun.length === 0) return [];
  return [
    'Declared in the manifest, not run here:',
    ...notRun.map(({ what, why }) => `  ${what}: ${why}`),
    '',
  ];
}
