import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { orderApiText } from './orderApiDocument.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** `npm run openapi`: writes docs/openapi.json anew. */
writeFileSync(path.join(root, 'docs/openapi.json'), orderApiText());
