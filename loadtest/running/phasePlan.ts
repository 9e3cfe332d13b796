import { counted } from '../../common/counted.ts';
import type { Way } from '../../lib/domain/order.ts';
import { DOCUMENT, PHASE } from '../documentNumbers.ts';

interface Common {
  id: string;
  name: string;
  seconds: number;
}

export interface LoadPhase extends Common {
  kind: 'load';
  way: Way;
  users: number;
  spawnRate: number;
  waitSeconds: readonly [number, number];
  /** Set before the load starts; undefined leaves the pool as it is. */
  workers?: number;
  /** Whether the phase may only start with nothing in the queue, and ends when nothing is left. */
  drains: boolean;
  /** Whether it ends with a queue that goes on being worked off. */
  leavesBacklog: boolean;
  /** Units of the one item that its buyers want; undefined: they buy whatever there is. */
  stock?: number;
  /** Seconds until the queue's figures count: buyers and workers are all there by then. */
  queueSettlesAfter: number;
}

/** Raises the workers on the backlog that an earlier phase left, and sends nothing. */
export interface DrainPhase extends Common {
  kind: 'drain';
  workers: number;
  /** The phase that left it. */
  backlogOf: string;
}

/** Asks a service that lacks its topic and queue for an order. */
export interface ConfigurationPhase extends Common {
  kind: 'configuration';
}

export type PhasePlan = LoadPhase | DrainPhase | ConfigurationPhase;

export interface PlanOptions {
  quick: boolean;
  users: number;
  workers: number;
  /** Units that are sold to a crowd in a phase of its own. */
  stock?: number | undefined;
  /** Length of the load phases; undefined: the document's, or the short ones of a quick run. */
  seconds: number | undefined;
}

/** The document's phases, in its order, with its numbers where nothing else is asked for. */
export function planPhases(options: PlanOptions): PhasePlan[] {
  const { users, workers } = options;
  const length = (usual: number, quick: number) =>
    options.seconds ?? (options.quick ? quick : usual);
  const half = options.seconds === undefined ? undefined : Math.ceil(options.seconds / 2);
  const load = {
    kind: 'load',
    drains: false,
    leavesBacklog: false,
    queueSettlesAfter: 5,
    users,
  } as const;
  const sync = { ...load, way: 'sync', waitSeconds: DOCUMENT.syncWaitSeconds } as const;
  const queued = {
    ...load,
    way: 'queued',
    spawnRate: 10,
    waitSeconds: DOCUMENT.asyncWaitSeconds,
  } as const;
  return [
    {
      id: PHASE.noConfiguration,
      kind: 'configuration',
      name: 'Intake without its topic and queue',
      seconds: 0,
    },
    {
      ...sync,
      id: PHASE.normalDay,
      name: 'Sync, a normal day',
      users: DOCUMENT.syncSlots,
      spawnRate: 1,
      seconds: half ?? length(30, 8),
    },
    {
      ...sync,
      id: PHASE.flashSale,
      name: 'Sync, the flash sale',
      spawnRate: 10,
      seconds: length(60, 24),
    },
    {
      ...queued,
      id: PHASE.oneWorker,
      name: 'Queue and one worker',
      workers: 1,
      leavesBacklog: true,
      seconds: length(60, 15),
    },
    {
      id: PHASE.drain,
      kind: 'drain',
      name: `The backlog under ${workers} workers`,
      workers,
      seconds: 0,
      backlogOf: PHASE.oneWorker,
    },
    {
      ...queued,
      id: PHASE.manyWorkers,
      name: `Queue and ${workers} workers`,
      workers,
      drains: true,
      queueSettlesAfter: 10,
      seconds: length(60, 42),
    },
    {
      ...queued,
      id: PHASE.direct,
      name: 'SNS straight to Lambda',
      way: 'direct',
      drains: true,
      seconds: length(60, 12),
    },
    ...stockPhase(options.stock, { ...queued, workers, drains: true, seconds: length(30, 20) }),
  ];
}

const stockPhase = (
  stock: number | undefined,
  load: Omit<LoadPhase, 'id' | 'name'>,
): LoadPhase[] =>
  stock === undefined
    ? []
    : [{ ...load, id: PHASE.stock, name: `A stock of ${counted(stock, 'unit')}`, stock }];

/** Keeps the phases asked for, as `5` or `5a`. One that drains a backlog brings the phase along that leaves it. */
export function choosePhases(plan: PhasePlan[], wanted: string[]): PhasePlan[] {
  const unknown = wanted.filter((name) => !plan.some(({ id }) => id.startsWith(name)));
  if (unknown.length > 0 || wanted.length === 0) {
    throw new RangeError(
      `--phases must list some of ${plan.map(({ id }) => id).join(', ')}, got "${wanted.join(',')}"`,
    );
  }
  const chosen = new Set(
    plan.filter(({ id }) => wanted.some((name) => id.startsWith(name))).map(({ id }) => id),
  );
  for (const phase of plan) {
    if (phase.kind === 'drain' && chosen.has(phase.id)) chosen.add(phase.backlogOf);
  }
  return plan.filter(({ id }) => chosen.has(id));
}
