import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { runProgram } from '../support/program.ts';
import { allChanges, type Change } from './changes.ts';
import { type Book, closedBook } from './closedBook.ts';
import { measureLargeBook } from './largeBook.ts';
import { readBook } from './readBook.ts';

const HELP = `Changes one value at a time in a closed book of 200 orders and reconciles it: every change that breaks a rule has
to be named with its order and rule, no other order may be, and nothing may crash.

  npm run test:books                    5,000 changes, chosen by a seed
  npm run test:books -- --changes all   every change that is known, of every row
  npm run test:books -- --seed 7        other ones
  npm run test:books -- --large         sls reconcile over 100,000 orders, with its time and memory
  npm run test:books -- --large --orders 20000

Exit 0: all named, and within the bounds. 1: not so. 2: the run broke.`;

const ORDERS = 200;
const SHOWN = 20;

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    large: { type: 'boolean', default: false },
    orders: { type: 'string', default: '100000' },
    help: { type: 'boolean', default: false },
  },
});
const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  if (values.help) {
    print(HELP);
    return 0;
  }
  return values.large ? measureLargeBook(Number(values.orders), print) : playChanges();
}

async function playChanges(): Promise<number> {
  const book = closedBook(ORDERS);
  // With no message on its way the second look has all its time.
  const { moving, deadLettered } = book;
  const resting = { ...book, moving: [], deadLettered: [...deadLettered, ...moving] };
  const { violations } = await readBook(book);
  if (violations.length > 0) throw new Error(`the book is not closed: ${violations[0]?.detail}`);
  const changes = chosen(allChanges(book));
  const faults: string[] = [];
  let breaking = 0;
  for (const [number, change] of changes.entries()) {
    if (change.broken.length > 0) breaking += 1;
    faults.push(...(await faultsOf(change, number % 2 === 0 ? book : resting)));
  }
  print(
    `${changes.length} changes of one value (seed ${values.seed}), ${breaking} of which break a rule: ${faults.length} judged wrongly`,
  );
  for (const fault of faults.slice(0, SHOWN)) print(`  ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

function chosen(all: Change[]): Change[] {
  if (values.changes === 'all') return all;
  const [numRuns, seed] = [Number(values.changes), Number(values.seed)];
  const indexes = fc.sample(fc.nat({ max: all.length - 1 }), { numRuns, seed });
  return indexes.flatMap((index) => all[index] ?? []);
}

async function faultsOf({ name, apply, broken }: Change, book: Book): Promise<string[]> {
  try {
    const { violations } = await readBook(apply(book));
    const found = new Set(violations.map(({ rule, orderId }) => `${rule} ${orderId}`));
    const expected = new Set(broken);
    return [
      ...[...expected.difference(found)].map((rule) => `${name}: not named: ${rule}`),
      ...[...found.difference(expected)].map((rule) => `${name}: named wrongly: ${rule}`),
    ];
  } catch (error) {
    return [`${name}: crashed: ${(error as Error).stack}`];
  }
}

await runProgram(main);
