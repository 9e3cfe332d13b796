import { Ajv2020 } from 'ajv/dist/2020.js';
import { orderApiDocument } from '../../ops/orderApi/orderApiDocument.ts';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  body: unknown;
}

const document = orderApiDocument();
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'api');

/** Throws where the order API's document does not have this answer: its status, its type, its body. */
export function expectDocumented(method: string, path: string, answer: Answer): void {
  const operation = operationOf(method, path);
  if (operation === undefined) return;
  const said = `${method} ${path} answered ${answer.status} ${answer.text}`;
  const responses: Record<string, { content?: object }> = operation.responses;
  const response = responses[answer.status];
  if (response === undefined) throw new Error(`${said}: docs/openapi.json has no such status`);
  if (method === 'HEAD') return;
  const type = String(answer.headers['content-type']).split(';')[0] as string;
  const media = (response.content as Record<string, { schema: object }>)[type];
  if (media === undefined) throw new Error(`${said}: docs/openapi.json has no ${type} for it`);
  const isValid = ajv.compile(resolved(media.schema));
  if (!isValid(answer.body))
    throw new Error(`${said}: docs/openapi.json differs: ${ajv.errorsText(isValid.errors)}`);
}

function operationOf(method: string, path: string) {
  const asked = path.split('?')[0]?.split('/') ?? [];
  const documented = Object.entries(document.paths).find(([template]) => {
    const parts = template.split('/');
    return (
      parts.length === asked.length &&
      parts.every((part, index) => (part.startsWith('{') ? asked[index] : part === asked[index]))
    );
  });
  return documented?.[1][method.toLowerCase()];
}

/** A reference is to the document, whichever part of it is compiled. */
const resolved = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
