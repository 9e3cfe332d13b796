import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scaleDocument } from './scaleDocument.ts';

const FILE = path.resolve(import.meta.dirname, '../../docs/scale.md');

writeFileSync(FILE, await scaleDocument());
