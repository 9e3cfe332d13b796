import { parseArgs } from 'node:util';
import { UsageError } from '../../common/usageError.ts';
import { choosePhases, planPhases } from './phasePlan.ts';

export const help = `Runs the flash sale against each way of taking orders and checks every number of the document.

Usage: npm run sale -- [options]

  --quick            shorter phases, under 3 minutes in all
  --shared-machine   others use this machine too: speeds are shown, the exit status does not depend on them
  --phases LIST      only these, e.g. 1,3,5a (0 configuration, 1a 1b sync, 3 one worker, 5a 5b many workers, 6 direct)
  --users N          buyers of the flash sale (20)
  --seconds N        length of the load phases (60; 1a half of it)
  --workers N        workers of phase 5 (20)
  --stock N          one phase more, 7: the crowd buys one item of which there are N units
  --seed N           seed of the buyers' baskets and waits (1)
  --out DIR          where report.html, results.json and summary.md go (sale-results/<time>)
  --url URL          a service that runs already, instead of one of its own
  --stage NAME       a deployed stage, or local for the one that npm start runs
  --region NAME      region of the stage (us-east-1)
  --ready-file F     with --stage local or --url: the ready file of the service (.local/ready.json)
  --max-orders N     send no more orders than this (on AWS there always is a limit: it is shown and asked for)
  --yes              do not ask before spending money on AWS
  --compare FILE     an older results.json to put beside this run
  --report FILE      only draw the report from this results.json
  --list-phases      only list the phases that would be run
  --json             print results.json on stdout instead of the table
  --help             this text

Examples:
  npm run sale
  npm run sale -- --quick --phases 3,5
  npm run sale -- --stock 500 --phases 7
  npm run sale -- --stage dev --max-orders 20000
  npm run sale -- --report sale-results/latest --compare before/results.json
  SYNC_CONCURRENCY=6 npm run sale -- --phases 1     (a claim that then fails)

Exit status: 0 all measured claims hold, 1 one does not, 2 the run broke, 3 the books do not close,
130 interrupted.
`;

export type SaleOptions = ReturnType<typeof settingsOf>;

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  quick: { type: 'boolean', default: false },
  'shared-machine': { type: 'boolean', default: false },
  phases: { type: 'string' },
  users: { type: 'string', default: '20' },
  seconds: { type: 'string' },
  workers: { type: 'string', default: '20' },
  stock: { type: 'string' },
  seed: { type: 'string', default: '1' },
  out: { type: 'string' },
  url: { type: 'string' },
  stage: { type: 'string', short: 's' },
  region: { type: 'string', short: 'r' },
  'ready-file': { type: 'string' },
  'max-orders': { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  json: { type: 'boolean', default: false },
  compare: { type: 'string' },
  report: { type: 'string' },
  'list-phases': { type: 'boolean', default: false },
} as const;

/** Reads the command line; throws a UsageError that names the option, its rule and what came. */
export function readOptions(args: string[]): SaleOptions {
  try {
    return settingsOf(parseArgs({ args, options, strict: true }).values);
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]);
  }
}

function settingsOf({
  phases,
  'ready-file': readyFile,
  'max-orders': maxOrders,
  'list-phases': listPhases,
  'shared-machine': sharedMachine,
  ...values
}: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']) {
  if (values.url !== undefined && values.stage !== undefined) {
    throw new RangeError('--url and --stage exclude each other: a stage knows its own address');
  }
  const settings = {
    ...values,
    url: optional(values.url, baseUrl),
    users: wholeNumber('--users', values.users, 1, 10_000),
    seconds: optional(values.seconds, (text) => wholeNumber('--seconds', text, 15, 3600)),
    workers: wholeNumber('--workers', values.workers, 1, 1000),
    stock: optional(values.stock, (text) => wholeNumber('--stock', text, 1, 1_000_000)),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
    maxOrders: optional(maxOrders, (text) => wholeNumber('--max-orders', text, 1, 1e9)),
    readyFile,
    sharedMachine,
    listPhases,
  };
  const plan = planPhases(settings);
  const wanted = phases?.split(',').map((name) => name.trim());
  return { ...settings, phases: wanted ? choosePhases(plan, wanted.filter(Boolean)) : plan };
}

const optional = <T>(text: string | undefined, read: (text: string) => T): T | undefined =>
  text === undefined ? undefined : read(text);

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most)
    return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, got "${text}"`);
}

function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/\/+$/, '');
  throw new RangeError(`--url must be an http or https address, got "${text}"`);
}
