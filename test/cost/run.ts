import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { billOf, total } from '../../ops/cost/bill.ts';
import { costDocument } from '../../ops/cost/costDocument.ts';
import { COUNTED_FILE, readCounted } from '../../ops/cost/counted.ts';
import { runProgram } from '../support/program.ts';
import { ROOT } from '../support/workspace.ts';
import { measure } from './measure.ts';

const HELP = `Writes docs/cost.md from the prices in ops/prices.ts and from what was counted.

  npm run cost               from ops/cost/counted.json
  npm run cost -- --measure  counts again first, from a sale of each way (6 minutes); sls plan counts with it too, so
                             npm run scale has to follow

Exit: 0 written, and a million queued orders keep their bounds ($9, 1,900 bytes logged an order); 1 they do not;
2 it could not be counted.`;

const MOST_DOLLARS = 9;
const MOST_LOGGED_BYTES = 1_900;
const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, measure: { type: 'boolean' } },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  if (values.measure) {
    const measured = await measure((text) => process.stderr.write(`${text}\n`));
    writeFileSync(COUNTED_FILE, `${JSON.stringify(measured, null, 2)}\n`);
  }
  const counted = readCounted();
  writeFileSync(path.join(ROOT, 'docs/cost.md'), costDocument(counted));
  const { queued } = counted.ways;
  const dollars = total(billOf(queued));
  const bytes = (queued.functionLogBytes + queued.accessLogBytes) / queued.orders;
  print(
    `docs/cost.md: a million queued orders cost $${dollars.toFixed(2)}, of which each logs ${bytes.toFixed(0)} bytes`,
  );
  return dollars <= MOST_DOLLARS && bytes <= MOST_LOGGED_BYTES ? 0 : 1;
}

await runProgram(main);
