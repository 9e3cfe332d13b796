import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, watch } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../common/processes.ts';
import type { Checks } from '../e2e/checks.ts';
import { endAllGroups } from '../e2e/child.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { LocalStart } from './localStart.ts';
import { BROKEN, createSmallService } from './smallService.ts';

const FAILED_WITHIN_MS = 10_000;
const DEAD_WITHIN_MS = 5_000;
const STARTS = 10;
const SAVES = 20;
const SAVE_EVERY_MS = 50;
const MOST_PACKAGINGS = 3;
/** Longer than the pause after which a change is packaged. */
const QUIET_MS = 3_000;

/** Starts as one has them at a terminal: broken off, failing, ending by themselves, ten in a row. Two at a time. */
export async function checkStarts(checks: Checks): Promise<void> {
  const todo = [
    () => checkRow(checks),
    () => checkSaves(checks),
    () => checkTakenPort(checks),
    ...MOMENTS.map((moment) => () => checkInterrupt(checks, moment)),
    ...FAULTS.map((fault) => () => checkFault(checks, fault)),
    ...THREADS.map((thread) => () => checkDeath(checks, thread)),
    () => checkChildren(checks),
  ];
  const lane = async () => {
    for (let next = todo.shift(); next; next = todo.shift()) await next();
  };
  try {
    await Promise.all([lane(), lane()]);
  } finally {
    // A check that failed midway has left its service running.
    endAllGroups();
  }
}

async function withService<Result>(
  use: (workspace: Workspace) => Promise<Result>,
  workspace = createSmallService(),
): Promise<Result> {
  try {
    return await use(workspace);
  } finally {
    workspace.remove();
  }
}

interface Moment {
  name: string;
  isReached: (start: LocalStart) => boolean;
  /** Short ones: the start is held in that part until it is interrupted. */
  part?: string;
  how?: 'real' | 'pid' | 'watch';
}

const during = (part: string) => ({ part, isReached: (start: LocalStart) => start.has(part) });

const MOMENTS: Moment[] = [
  { name: 'while npm loads', isReached: () => true },
  { name: 'while the framework loads', isReached: (start) => start.has('loading'), how: 'pid' },
  {
    name: 'while the real service is packaged',
    part: 'packaging',
    isReached: (start) => start.found('sls-*/*').length > 0,
    how: 'real',
  },
  { name: 'while the emulators start', ...during('DynamoDB') },
  { name: 'while it is provisioned', ...during('provisioning'), how: 'pid' },
  { name: 'while --watch looks at the sources', ...during('--watch'), how: 'watch' },
  {
    name: 'after the banner of the real service',
    isReached: ({ isReady }) => isReady,
    how: 'real',
  },
];

const checkInterrupt = (checks: Checks, { name, isReached, part, how }: Moment) =>
  checks.run(`Ctrl-C ${name}: its status, and nothing left`, () =>
    withService(
      async (workspace) => {
        const flags = how === 'watch' ? ['--watch'] : [];
        const environment = part === undefined ? {} : { HOLD_PART: part };
        const start = new LocalStart(workspace, { isByNpm: how !== 'pid', flags, environment });
        await start.until(() => isReached(start));
        if (how === 'pid') start.signal('SIGINT');
        else start.interruptGroup();
        // npm gets the signal too, and ends by it.
        assert.equal(await start.status(), 130, start.said);
        assert.equal(start.isReady, name.startsWith('after'), start.said);
        await start.assertNothingLeft();
      },
      how === 'real' ? createWorkspace() : undefined,
    ),
  );

interface Fault {
  what: string;
  says: RegExp;
  files?: Record<string, string>;
  flags?: string[];
  environment?: Record<string, string>;
  hasStack?: boolean;
}

const failed = (part: string, reason = '.') =>
  new RegExp(`^The start failed at ${part}: .*${reason}`);
const data = ['--data=data'];

/** What a part has no natural fault for is failed on purpose, when it has started. */
const onPurpose = (part: string): Fault => ({
  what: `${part}, on purpose`,
  says: failed(part, 'on purpose'),
  environment: { FAIL_PART: part },
});

const FAULTS: Fault[] = [
  {
    what: 'a data folder that is a file',
    says: failed('the data folder .*', 'EEXIST'),
    flags: ['--data=spawner.js'],
  },
  {
    what: 'a syntax error while the emulators start',
    says: failed('packaging', 'spawner\\.js:1:6'),
    files: BROKEN.syntax,
  },
  {
    what: 'a damaged store of messages',
    says: failed('SNS and SQS', 'not a database'),
    files: BROKEN.messages,
    flags: data,
  },
  {
    what: 'a damaged store of tables',
    says: failed('DynamoDB', 'is damaged'),
    files: BROKEN.tables,
    flags: data,
  },
  {
    what: 'a thread of the queues that exits in silence',
    says: failed('SNS and SQS', 'its thread ended with code'),
    environment: { SILENT_THREAD: 'messagingThread' },
  },
  {
    what: 'a thread of the tables that exits in silence',
    says: failed('DynamoDB', 'its thread ended with code'),
    environment: { SILENT_THREAD: 'tablesThread' },
  },
  {
    what: 'a resource that cannot be made',
    says: failed('provisioning'),
    files: BROKEN.resource,
  },
  {
    what: 'a damaged store of events',
    says: failed('Lambda', 'not a database'),
    files: BROKEN.events,
    flags: data,
  },
  onPurpose('the Lambda API'),
  onPurpose('the topic delivery to small-dev-spawner'),
  onPurpose('the HTTP API'),
  { ...onPurpose('--watch'), flags: ['--watch'] },
  {
    what: 'panels that cannot be imported',
    says: failed('the console', 'no panels today'),
    files: BROKEN.panels,
  },
  {
    what: 'a ready file that cannot be written',
    says: failed('the ready file', 'spawner\\.js'),
    flags: ['--ready-file=spawner.js/ready.json'],
  },
  {
    ...onPurpose('Lambda'),
    what: 'a TypeError of ours, with its stack',
    says: failed('Lambda', 'a fault of ours'),
    environment: { FAIL_PART: 'Lambda', FAULT: 'TypeError' },
    hasStack: true,
  },
];

const checkFault = (checks: Checks, { what, says, files, flags, environment, hasStack }: Fault) =>
  checks.run(`A start with ${what}: ${hasStack ? 'named' : 'one line'}, exit 1, nothing left`, () =>
    withService(
      (workspace) => assertFails(new LocalStart(workspace, { flags, environment }), says, hasStack),
      createSmallService(files),
    ),
  );

async function assertFails(start: LocalStart, says: RegExp, hasStack = false): Promise<void> {
  assert.equal(await start.status(), 1, start.said);
  const tookMs = start.sinceLastPartMs;
  await start.assertNothingLeft();
  assert.match(start.lines[0] ?? '', says, start.said);
  const more = start.lines.slice(1);
  if (hasStack) assert.match(more.join('\n'), /^TypeError: .*\n {4}at /);
  else assert.deepEqual(more, []);
  assert.ok(tookMs < FAILED_WITHIN_MS, `it took ${tookMs} ms`);
}

async function checkTakenPort(checks: Checks): Promise<void> {
  await checks.run('A port that another program has: one line, exit 1, nothing left', () =>
    withService(async (workspace) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const start = new LocalStart(workspace, { port });
      await assertFails(start, new RegExp(`^Port ${port} .* is taken`)).finally(() =>
        taken.close(),
      );
    }),
  );
  await checks.run('A port is held from its choice to its use: nobody can take it', () =>
    withService(async (workspace) => {
      const port = await freePort();
      const start = new LocalStart(workspace, { port });
      await start.until(() => start.has('packaging'));
      const thief = createServer().listen(port, '127.0.0.1');
      const [fault] = await once(thief, 'error');
      assert.equal(fault.code, 'EADDRINUSE');
      await start.until(() => start.isReady);
      start.signal('SIGTERM');
      assert.equal(await start.status(), 0, start.said);
      await start.assertNothingLeft();
    }),
  );
}

const THREADS = [
  ['DynamoDB', 'tablesThread'],
  ['SNS and SQS', 'messagingThread'],
] as const;

const checkDeath = (checks: Checks, [part, thread]: (typeof THREADS)[number]) =>
  checks.run(`The thread of ${part} ends while it runs: one line, exit 1, nothing left`, () =>
    withService(async (workspace) => {
      const start = new LocalStart(workspace, { environment: { KILL_THREAD: thread } });
      await start.until(() => start.isReady);
      const told = start.linesOfItsOwn.length;
      const startedAt = performance.now();
      start.signal('SIGUSR2');
      assert.equal(await start.status(), 1, start.said);
      const tookMs = performance.now() - startedAt;
      await start.assertNothingLeft();
      assert.equal(start.linesOfItsOwn.length, told + 1, start.said);
      assert.match(start.linesOfItsOwn.at(-1) ?? '', new RegExp(`^${part} has ended by itself`));
      assert.ok(tookMs < DEAD_WITHIN_MS, `it took ${Math.round(tookMs)} ms`);
    }),
  );

const checkRow = (checks: Checks) =>
  checks.run(`${STARTS} starts and stops leave nothing`, () =>
    withService(async (workspace) => {
      for (let count = 0; count < STARTS; count += 1) {
        const start = new LocalStart(workspace);
        await start.until(() => start.isReady);
        start.interruptGroup();
        assert.equal(await start.status(), 0, start.said);
        await start.assertNothingLeft();
      }
    }),
  );

const checkChildren = (checks: Checks) =>
  checks.run('Children of a function are gone after Ctrl-C, also one with a group of its own', () =>
    withService(async (workspace) => {
      const start = new LocalStart(workspace);
      await start.until(() => start.isReady);
      const pids = (await (await fetch(start.url)).json()) as number[];
      assert.deepEqual(pids.map(isRunning), [true, true]);
      start.signal('SIGINT');
      assert.equal(await start.status(), 0, start.said);
      await start.assertNothingLeft();
      assert.deepEqual(pids.map(isRunning), [false, false]);
    }),
  );

const checkSaves = (checks: Checks) =>
  checks.run(`${SAVES} saves with --watch: packaged at most ${MOST_PACKAGINGS} times`, () =>
    withService(async (workspace) => {
      const start = new LocalStart(workspace, { flags: ['--watch'] });
      await start.until(() => start.isReady);
      const packagings = new Set<string>();
      const [packaged = ''] = start.found('sls-*/package-*');
      const watcher = watch(packaged, (_event, file) => {
        if (file?.startsWith('reload-')) packagings.add(file);
      });
      for (let save = 1; save <= SAVES; save += 1) {
        const source = path.join(workspace.folder, 'spawner.js');
        appendFileSync(source, `globalThis.save = ${save};\n`);
        await sleep(SAVE_EVERY_MS);
      }
      let busyAt = performance.now();
      await start.until(() => {
        if (start.found('sls-*/package-*/reload-*').length > 0) busyAt = performance.now();
        return start.said.includes('Reloaded ') && performance.now() - busyAt > QUIET_MS;
      });
      watcher.close();
      start.interruptGroup();
      assert.equal(await start.status(), 0, start.said);
      await start.assertNothingLeft();
      const count = packagings.size;
      assert.ok(count >= 1 && count <= MOST_PACKAGINGS, `it packaged ${count} times`);
    }),
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
