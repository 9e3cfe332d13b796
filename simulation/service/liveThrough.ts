import { randomness } from '../../lib/domain/randomness.ts';
import type { Seal } from '../sealedEntropy.ts';
import { textOf } from '../tables/expression.ts';
import { Answers } from './answers.ts';
import { shop } from './buyers.ts';
import type { Step } from './chronicle.ts';
import type { Buyer, History } from './history.ts';
import { judgeAll } from './judge.ts';
import { Stage } from './stage.ts';
import { World } from './world.ts';
import type { WrongService } from './wrongServices.ts';

export interface Life {
  seed: number;
  violations: string[];
  steps: Step[];
  /** Faults that came about, by name. */
  faults: string[];
  hash: string;
  figures: { orders: number; completed: number; virtualSeconds: number; lines: number };
}

const MINUTE_MS = 60_000;
/** Not in step with the sweeper, which is at work each minute. */
const LOOK_MS = 47_000;
/** By then whatever was started has come to its end: five receives, or three attempts, of whatever is slow. */
const CALM_MS = 3 * MINUTE_MS;
/** An order that its sweeper has to come back to twice takes two hours. */
const LONGEST_MS = 6 * 60 * MINUTE_MS;

/** Lives through a history under seal, and judges it. */
export async function liveThrough(
  history: History,
  seal: Seal,
  wrong?: WrongService,
): Promise<Life> {
  const world = new World(history);
  const stage = new Stage(world, wrong);
  const answers = new Answers(world);
  const { chronicle } = world;
  const standing = { ...randomness };
  Object.assign(randomness, {
    bytes: (size: number) => world.random.bytes(size),
    fraction: () => world.random.fraction(),
  });
  seal.uses.length = 0;
  const onRejection = (error: unknown) => chronicle.violate(`nobody caught: ${error}`);
  process.on('unhandledRejection', onRejection);
  try {
    await liveOut(world, stage, answers);
    judgeAll(world, answers);
    for (const use of new Set(seal.uses)) chronicle.violate(use);
  } finally {
    Object.assign(randomness, standing);
    process.off('unhandledRejection', onRejection);
  }
  return lifeOf(world);
}

async function liveOut(world: World, stage: Stage, answers: Answers): Promise<void> {
  const { clock, history } = world;
  await stage.start();
  void comeInTurn(world, (buyer) => void shop(buyer, world, stage, answers));
  for (const event of history.events) void stage.undergo(event);
  await clock.run(world.endsAtMs + CALM_MS);
  if (history.settings.sweepsLate) {
    await stage.kill();
    await stage.start();
  }
  await settle(world, stage, world.endsAtMs + LONGEST_MS);
  await stage.kill();
}

/** One timer for all that are still to come. */
async function comeInTurn({ clock, history }: World, come: (buyer: Buyer) => void): Promise<void> {
  const startMs = clock.now();
  for (const buyer of history.buyers.toSorted((one, other) => one.atMs - other.atMs)) {
    const inMs = startMs + buyer.atMs - clock.now();
    if (inMs > 0) await clock.sleep(inMs);
    come(buyer);
  }
}

/** The faults are over: lets the service bring everything to its end, and passes over the time in which nothing happens. */
async function settle(world: World, stage: Stage, untilMs: number): Promise<void> {
  const { clock } = world;
  while (clock.now() < untilMs) {
    const open = world.orders().filter((row) => textOf(row.status) === 'pending');
    const isDone = open.length === 0 && stage.isIdle && !hasHeldUnits(world);
    if (isDone) return;
    const dueMs = Math.min(...open.map((row) => Date.parse(textOf(row.sweep_at)) || 0));
    if (stage.isIdle && open.length > 0 && dueMs > clock.now() + 2 * MINUTE_MS) {
      await stage.kill();
      await clock.run(dueMs);
      await stage.start();
    }
    await clock.run(clock.now() + LOOK_MS);
  }
}

const hasHeldUnits = ({ tables }: World): boolean =>
  [...tables.stock.items.values()].some((row) =>
    Object.entries(row).some(
      ([name, hold]) =>
        name.startsWith('ord_') && (hold.M as { sold?: object })?.sold === undefined,
    ),
  );

function lifeOf(world: World): Life {
  const { chronicle, fates, seed } = world;
  const orders = world.orders();
  return {
    seed,
    violations: chronicle.violations,
    steps: chronicle.steps,
    faults: fates.fired,
    hash: chronicle.hash(),
    figures: {
      orders: orders.length,
      completed: orders.filter((row) => textOf(row.status) === 'completed').length,
      virtualSeconds: Math.round(chronicle.elapsedMs / 1000),
      lines: chronicle.lines,
    },
  };
}
