import { drawOnly } from './drawOnly.ts';
import { runSale } from './running/runSale.ts';
import { help, readSettings, UsageError } from './running/settings.ts';
import { talkTo } from './running/talk.ts';

const CANNOT_RUN = 2;
const INTERRUPTED = 130;

/** `npm run sale`: the result goes to stdout, all talk to stderr. */
async function main(args: string[]): Promise<number> {
  const talk = talkTo(process.stderr);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupt.abort(new Error('interrupted')));
  try {
    const settings = readSettings(args);
    if (settings.help) {
      process.stdout.write(help);
      return 0;
    }
    if (settings.report !== undefined) return await drawOnly(settings.report, settings, talk);
    const status = await runSale(settings, args, talk, interrupt.signal);
    return interrupt.signal.aborted ? INTERRUPTED : status;
  } catch (error) {
    const isKnown = error instanceof Error && error.name !== 'TypeError';
    talk.line(isKnown ? error.message : String((error as Error).stack));
    if (error instanceof UsageError) talk.line('Options and examples: npm run sale -- --help');
    return interrupt.signal.aborted ? INTERRUPTED : CANNOT_RUN;
  }
}

process.exitCode = await main(process.argv.slice(2));
