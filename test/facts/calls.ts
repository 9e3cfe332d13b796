import type { Refusal, World } from './fact.ts';

type Body = Record<string, unknown>;

const credential = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** An SQS call in its JSON protocol: whose error code the header has that older clients read. */
export const sqs =
  (operation: string, body: (world: World) => Body) =>
  async (world: World): Promise<unknown> => {
    const response = await fetch(world.ready.endpoints.sqs, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${operation}`,
        authorization: credential('sqs'),
      },
      body: JSON.stringify({ QueueUrl: world.queueUrl, ...body(world) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Body;
    if (response.ok) return answer;
    const [code] = (response.headers.get('x-amzn-query-error') ?? '').split(';');
    return refused(response.status, code || nameOf(answer.__type), answer.message);
  };

const nameOf = (type: unknown): string => String(type).split('#').at(-1) ?? '';

/** An SNS call in its query protocol. */
export const sns =
  (Action: string, parameters: (world: World) => Record<string, string>) =>
  async (world: World): Promise<unknown> => {
    const form = new URLSearchParams({ Action, Version: '2010-03-31', ...parameters(world) });
    const response = await fetch(world.ready.endpoints.sns, {
      method: 'POST',
      headers: { authorization: credential('sns') },
      body: form,
    });
    const text = await response.text();
    if (response.ok) return text;
    const field = (name: string) =>
      new RegExp(`<${name}>([^]*?)</${name}>`)
        .exec(text)?.[1]
        ?.replaceAll('&quot;', '"')
        .replaceAll('&apos;', "'")
        .replaceAll('&#39;', "'")
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&');
    return refused(response.status, field('Code') ?? '', field('Message'));
  };

/** A call of Lambda's REST API. */
export const lambda =
  (method: string, path: string, body?: unknown) =>
  async ({ ready }: World): Promise<unknown> => {
    const response = await fetch(`${ready.endpoints.lambda}${path}`, {
      method,
      headers: { authorization: credential('lambda') },
      ...(body !== undefined && {
        body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    const answer = text === '' ? {} : JSON.parse(text);
    if (response.ok) return answer;
    const code = response.headers.get('x-amzn-errortype')?.split(':')[0] ?? '';
    return refused(response.status, code, answer.message ?? answer.Message);
  };

/** Only the first line: AWS tells after it where its parser stood. */
const refused = (status: number, code: string, message: unknown): Refusal => ({
  status,
  code,
  message: String(message ?? '').split('\n')[0] ?? '',
});
