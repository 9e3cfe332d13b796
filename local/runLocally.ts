import { stop as stopEsbuild } from 'esbuild';
import { useOwnTemporaryFolder } from './folders.ts';
import { giveMemoryBackWhenIdle } from './idleMemory.ts';
import { buildHostScript } from './lambda/environments/hostScript.ts';
import type { LocalOptions } from './options.ts';
import { Parts } from './parts.ts';
import type { ServiceView } from './serviceView.ts';
import { startLocalService } from './startLocalService.ts';
import { banner } from './terminal/banner.ts';
import { LineFlow } from './terminal/lineFlow.ts';
import { readableLogLine } from './terminal/logLines.ts';
import { listenToKeys, openBrowser } from './terminal/terminalKeys.ts';
import { collectSooner } from './threadLimits.ts';

/** As a shell gives it for a program that Ctrl-C has ended. */
const INTERRUPTED = 130;

export interface Run {
  options: LocalOptions;
  service: string;
  console: ServiceView;
  stage: string;
  region: string;
  serviceDirectory: string;
  /** Gives a folder with the template and the code, in this process's temporary folder. */
  packageService: () => Promise<string>;
  packageAgain: (folder: string, signal: AbortSignal) => Promise<void>;
  /** Values of the template's parameters that the manifest gives. */
  stackParameters: Record<string, string>;
  onStep: (step: string) => void;
  print: (text: string) => void;
}

/** Starts the service, tells where it is, and ends when it is told to. Gives the exit status. */
export async function runLocally(run: Run): Promise<number> {
  const told = stopSignal();
  useOwnTemporaryFolder();
  const parts = new Parts();
  try {
    const status = await serve(run, parts, told);
    await parts.stop();
    return status;
  } catch (error) {
    // The first fault is the one to tell.
    await parts.stop().catch(() => {});
    throw error;
  } finally {
    // Its process would print a trace if it were left alone with what it has asked for.
    await stopEsbuild();
  }
}

async function serve(run: Run, parts: Parts, told: Promise<void>): Promise<number> {
  if (process.stderr.isTTY) flow.start();
  else flow.isWhole = true;
  const service = await Promise.race([told, parts.death, start(run, parts)]);
  if (!service) return INTERRUPTED;
  const showBanner = () => run.print(banner(service.ready, service.model, service.version));
  showBanner();
  giveMemoryBackWhenIdle();
  collectSooner();
  const quit = Promise.withResolvers<void>();
  const leaveTerminal = listenToKeys(process.stdin, {
    open: () => openBrowser(service.ready.console, say),
    lines: () => {
      flow.isWhole = !flow.isWhole;
      say(flow.isWhole ? 'Every log line is shown' : 'Log lines are counted where they are many');
    },
    banner: showBanner,
    quit: quit.resolve,
  });
  if (process.stdin.isTTY)
    say('o opens the console, l shows all log lines, b this banner, q quits');
  await Promise.race([told, parts.death, quit.promise]).finally(leaveTerminal);
  return 0;
}

function start(run: Run, parts: Parts) {
  run.onStep('Packaging');
  // What it cannot do, the first function's thread tells.
  const hostIsBuilt = buildHostScript().catch(() => {});
  const packageService = async () => {
    const folder = await run.packageService();
    await hostIsBuilt;
    // Its process would otherwise keep what it has bundled, 380 MB, as long as the service runs.
    await stopEsbuild();
    run.onStep('Starting');
    return folder;
  };
  return startLocalService({ ...run, packageService, onLog: printLog }, parts);
}

const say = (text: string) => void process.stderr.write(`${text}\n`);
/** Nobody reads hundreds of lines a second; a file takes them all. */
const flow = new LineFlow(say);
const BAD = /"level":"(WARN|ERROR|CRITICAL)"/;

function printLog(functionKey: string, line: string): void {
  const readable = readableLogLine(functionKey, line, new Date());
  if (readable !== undefined) flow.take(functionKey, readable, BAD.test(line));
}

/** npm hands a Ctrl-C on that its child has got already: further signals change nothing about a stop that has begun. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
  });
}
