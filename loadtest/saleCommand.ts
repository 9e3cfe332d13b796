import { faultText } from '../common/usageError.ts';
import type { SalePhases } from '../contracts/salePhases.ts';
import { sizing } from '../ops/parameters.ts';
import { progressOn } from './running/progress.ts';
import { help, readOptions, type SaleOptions } from './running/saleOptions.ts';

const CANNOT_RUN = 2;
const INTERRUPTED = 130;

/** `npm run sale`: the result goes to stdout, all else to stderr. */
async function main(args: string[]): Promise<number> {
  const progress = progressOn(process.stderr);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupt.abort(new Error('interrupted')));
  try {
    const settings = readOptions(args);
    if (settings.help) {
      process.stdout.write(help);
      return 0;
    }
    if (settings.listPhases) {
      process.stdout.write(phaseList(settings));
      return 0;
    }
    if (settings.report !== undefined) {
      const { drawAgain } = await import('./report/resultFiles.ts');
      return await drawAgain(settings.report, settings, progress);
    }
    // The service that is started would refuse them too, at the end of its log.
    if (settings.url === undefined && settings.stage === undefined) sizing(process.env, 'local');
    const { runAndReport } = await import('./running/runAndReport.ts');
    const status = await runAndReport(settings, args, progress, interrupt.signal);
    return interrupt.signal.aborted ? INTERRUPTED : status;
  } catch (error) {
    progress.line(faultText(error));
    return interrupt.signal.aborted ? INTERRUPTED : CANNOT_RUN;
  }
}

function phaseList({ phases, json }: SaleOptions): string {
  const listed: SalePhases = phases.map(({ id, name, seconds, kind }) => ({
    id,
    name,
    seconds,
    kind,
  }));
  if (json) return `${JSON.stringify(listed)}\n`;
  return listed.map(({ id, name, seconds }) => `${id.padEnd(3)} ${name}, ${seconds} s\n`).join('');
}

process.exitCode = await main(process.argv.slice(2));
