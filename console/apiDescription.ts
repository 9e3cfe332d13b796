import * as z from 'zod';
import { type Route, takesBody } from './route.ts';

type Described = Omit<Route, 'handle'>;

/** The API as OpenAPI 3.1, from the very routes that answer it. */
export function openApi(routes: Described[], service: string, version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const described of routes) {
    const operations = paths[described.path] ?? {};
    operations[described.method.toLowerCase()] = operation(described);
    paths[described.path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `Console of ${service}`,
      version,
      description:
        'Everything that the console page does. Only this machine is answered; a change is refused to pages of another origin, and altogether with --read-only.',
    },
    paths,
  };
}

function operation(described: Described) {
  const { method, path, summary, answers, stream } = described;
  const type = stream ? 'text/event-stream' : 'application/json';
  const problems = { 'application/problem+json': { schema: { type: 'object' } } };
  return {
    operationId: operationId(method, path),
    summary,
    parameters: [...pathParameters(path), ...queryParameters(described)],
    ...(takesBody(described) && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: jsonSchema(described.body) } },
      },
    }),
    responses: {
      '200': { description: answers, content: { [type]: {} } },
      default: { description: 'A problem as RFC 9457 has it', content: problems },
    },
  };
}

const operationId = (method: string, path: string): string =>
  [method.toLowerCase(), ...path.split('/').slice(2)].join('_').replaceAll(/[{}]/g, '');

const pathParameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(described: Described) {
  const { properties = {} } = jsonSchema(described.query) as { properties?: object };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

const jsonSchema = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
};

/** The same for a reader at a terminal. */
export function apiText(routes: Described[]): string {
  const lines = routes.map(
    ({ method, path, summary, answers }) =>
      `${method.padEnd(7)}${path}\n       ${summary}.\n       Answers: ${answers}.\n`,
  );
  return [
    'The console does everything over this API. As OpenAPI 3.1: GET /api with Accept: application/json.',
    '',
    ...lines,
  ].join('\n');
}
