import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalService } from '../../ops/localServiceProcess.ts';
import type { ReadyFile } from '../../ops/stage.ts';

export interface KilledPort {
  port: string;
  status: number | null;
  seconds: number;
  /** What it said of it. */
  lines: string[];
  faults: string[];
}

const PRELOAD = new URL('./killPort.ts', import.meta.url).href;
const END_WITHIN_MS = 5000;
const READY_LINE = /^Ready: .*$/m;
/** A function's, which may have been in the middle of something. */
const LOG_LINE = /^\d\d:\d\d:\d\d\.\d{3} /;

const ADDRESSES: Record<string, (ready: ReadyFile) => string> = {
  tables: ({ endpoints }) => endpoints.dynamodb,
  'SNS and SQS': ({ endpoints }) => endpoints.sqs,
  'Lambda API': ({ endpoints }) => endpoints.lambda,
  console: (ready) => ready.console,
  'HTTP API': ({ api }) => api,
};

/** Ends each port of a service from inside: the service has to end, with status 1 and one line. */
export async function killPorts(onProgress: (port: string) => void): Promise<KilledPort[]> {
  const killed: KilledPort[] = [];
  for (const [port, address] of Object.entries(ADDRESSES)) {
    killed.push(await killPort(port, address));
    onProgress(port);
  }
  return killed;
}

async function killPort(port: string, address: (ready: ReadyFile) => string): Promise<KilledPort> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flash-sale-killed-'));
  const file = path.join(folder, 'port');
  const service = new LocalService({
    environment: {
      NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=ExperimentalWarning`,
      KILL_PORT_FILE: file,
    },
  });
  try {
    const ready = await service.start();
    const gone = once(service.gone, 'abort', { signal: AbortSignal.timeout(2 * END_WITHIN_MS) });
    const startedAt = performance.now();
    writeFileSync(file, new URL(address(ready as ReadyFile)).port);
    const hasEnded = await gone.then(
      () => true,
      () => false,
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const log = readFileSync(service.logFile, 'utf8');
    const said = log.slice(log.search(READY_LINE)).trim().split('\n').slice(1);
    const lines = said.filter((line) => line !== '' && !LOG_LINE.test(line));
    const status = await service.stop();
    const faults = [
      ...(hasEnded && seconds <= END_WITHIN_MS / 1000 ? [] : [`${port}: did not end in 5 s`]),
      ...(status === 1 ? [] : [`${port}: ended with status ${status}`]),
      ...(lines.length === 1 ? [] : [`${port}: said ${lines.length} lines: ${lines.join(' | ')}`]),
    ];
    return { port, status, seconds, lines, faults };
  } finally {
    await service.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
