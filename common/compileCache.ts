import path from 'node:path';

/** Where Node keeps what it has compiled, from one start to the next. */
export const COMPILE_CACHE = path.join(import.meta.dirname, '../node_modules/.cache/compiled');
