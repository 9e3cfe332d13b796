import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stop as stopEsbuild } from 'esbuild';
import { banner } from './banner.ts';
import { type LocalService, startLocalService } from './localService.ts';
import { readableLogLine } from './logLines.ts';
import type { LocalOptions } from './options.ts';
import { packageAgain } from './packaging.ts';
import { choosePort } from './ports.ts';
import { removeReadyFile, writeReadyFile } from './readyFile.ts';
import { listenToKeys, openBrowser } from './terminalKeys.ts';

export interface Run {
  options: LocalOptions;
  service: string;
  stage: string;
  region: string;
  serviceDirectory: string;
  packageService: () => Promise<void>;
  /** Flags for a packaging by another process, as `sls package` takes them. */
  packageFlags: string[];
  onStep: (step: string) => void;
  print: (text: string) => void;
}

/** Starts the service, tells where it is, and ends when it is told to stop or a part of it fails. */
export async function runLocally(run: Run): Promise<void> {
  // Set before packaging: a Ctrl-C that comes earlier would end the process with nothing cleaned up.
  const stopSignal = nextStopSignal();
  const { options } = run;
  const port = await choosePort(options.port, options.host, '--port');
  const consolePort = await choosePort(options.consolePort, options.host, '--console-port');
  const packageDirectory = mkdtempSync(path.join(tmpdir(), `${run.service}-${run.stage}-`));
  try {
    run.onStep('Packaging');
    const packaged = packageInto(run, packageDirectory);
    const service = await startLocalService({
      ...run,
      port,
      consolePort,
      packaged,
      packageAgain: (folder, signal) =>
        packageAgain(run.serviceDirectory, run.packageFlags, folder, signal),
      onLog: printLog,
    });
    await serve(run, service, stopSignal);
  } finally {
    rmSync(packageDirectory, { recursive: true, force: true });
  }
}

/** Another start on this folder would overwrite what the framework leaves there, so it is copied. */
async function packageInto(run: Run, packageDirectory: string): Promise<string> {
  await run.packageService();
  // Its process would otherwise keep what it has bundled, 380 MB, as long as the service runs.
  await stopEsbuild();
  run.onStep('Starting');
  cpSync(path.join(run.serviceDirectory, '.serverless'), packageDirectory, { recursive: true });
  return packageDirectory;
}

async function serve(
  { options, print }: Run,
  service: LocalService,
  stopSignal: Promise<unknown>,
): Promise<void> {
  writeReadyFile(options.readyFile, service.ready);
  print(banner(service.ready, service.model, service.version));
  const quit = Promise.withResolvers<void>();
  const leaveTerminal = listenToKeys(process.stdin, {
    open: () => openBrowser(service.ready.console, say),
    quit: quit.resolve,
  });
  if (process.stdin.isTTY) say('o opens the console, q quits');
  try {
    await Promise.race([stopSignal, service.failure, quit.promise]);
  } finally {
    leaveTerminal();
    removeReadyFile(options.readyFile);
    await service.stop();
  }
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

function printLog(functionKey: string, line: string): void {
  const readable = readableLogLine(functionKey, line, new Date());
  if (readable !== undefined) say(readable);
}

function nextStopSignal(): Promise<unknown> {
  return Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
