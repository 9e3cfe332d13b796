import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { orderApiDocument, orderApiText } from '../../ops/orderApi/orderApiDocument.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

it('docs/openapi.json is what the schemas say (npm run openapi writes it anew)', () => {
  expect(read('docs/openapi.json')).toBe(orderApiText());
});

it('describes the routes of the manifest, and no others', () => {
  const { functions } = parse(read('serverless.yml'), { logLevel: 'error' }) as {
    functions: Record<string, { events: { httpApi?: string }[] }>;
  };
  const routes = Object.values(functions).flatMap(({ events }) =>
    events.flatMap(({ httpApi }) => httpApi ?? []),
  );
  const described = Object.entries(orderApiDocument().paths).flatMap(([route, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${route}`),
  );

  expect(described.toSorted()).toEqual(routes.toSorted());
});
