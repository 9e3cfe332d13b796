import { enableCompileCache } from 'node:module';
import path from 'node:path';

/** What this process and its threads load from here on is compiled once, not at each start. */
export function keepCompiledCode(): void {
  process.env.NODE_COMPILE_CACHE ??= path.join(
    import.meta.dirname,
    '../node_modules/.cache/compiled',
  );
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
}
