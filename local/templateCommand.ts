#!/usr/bin/env node
import { keepCompiledCode } from '../common/compileCache.ts';
import { faultText } from '../common/usageError.ts';
import { loadEmulators } from './emulators/emulatorThread.ts';

/** Little is loaded before this: it would be compiled anew at each start. */
keepCompiledCode();
const args = process.argv.slice(2);
if (!args.includes('--help')) loadEmulators();
try {
  const { runTemplate } = await import('./template/runTemplate.ts');
  const { openConsole } = await import('../console/openConsole.ts');
  process.exit(await runTemplate(args, openConsole(undefined)));
} catch (error) {
  process.stderr.write(`${faultText(error)}\n`);
  process.exit(1);
}
