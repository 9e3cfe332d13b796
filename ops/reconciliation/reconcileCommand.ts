import { counted } from '../../common/counted.ts';
import type { ReconciliationDocument } from '../../contracts/reconciliation.ts';
import {
  type CommandContext,
  EXIT,
  type ExitCode,
  readNumber,
  textOption,
} from '../commandLine.ts';
import type { Stage } from '../stage.ts';
import { readAcceptanceList } from './acceptanceList.ts';
import { DEFAULT_WAIT_SECONDS, type Reconciliation, reconcile } from './reconcile.ts';

const SHOWN_VIOLATIONS = 50;
const NOT_SETTLED =
  'The stage has not settled: no rule is broken so far, which is exit 0, but orders or messages were still on their way. Wait longer with --wait, or run it again.';

/** `sls reconcile`: proves that every accepted order has one end and was charged at most once, or names those that do not. */
export async function reconcileCommand(context: CommandContext) {
  const list = textOption(context, 'accepted');
  const wait = textOption(context, 'wait') ?? String(DEFAULT_WAIT_SECONDS);
  const waitSeconds = readNumber('--wait', wait, 0, 86_400);
  const accepted = list === undefined ? undefined : await readAcceptanceList(list);
  return async (stage: Stage): Promise<ExitCode> => {
    const { progress: onProgress, signal } = context;
    const result = await reconcile(stage, { accepted, waitSeconds, onProgress, signal });
    const isJson = context.options.json === true;
    context.print(isJson ? JSON.stringify(document(result)) : describe(stage, result));
    if (isJson) for (const note of result.notes) context.tell(`note: ${note}`);
    if (result.closed && !result.settled) context.tell(NOT_SETTLED);
    return result.closed ? EXIT.good : EXIT.no;
  };
}

/** Exactly what --json promises: the notes are for people. */
const document = ({ notes, ...result }: Reconciliation): ReconciliationDocument => result;

function describe(stage: Stage, result: Reconciliation): string {
  const { orders, messages, charges } = result;
  const accepted = orders.accepted === null ? 'no acceptance list' : `${orders.accepted} accepted`;
  const async =
    messages.async === null
      ? 'asynchronous events cannot be counted'
      : `${messages.async} asynchronous`;
  return [
    `The books of stage ${stage.name} ${verdict(result)}`,
    '',
    `  orders    ${orders.completed} completed, ${orders.declined} declined, ${orders.cancelled} cancelled, ${orders.pending} pending; ${accepted}`,
    `  charges   ${charges.count}, together ${inDollars(charges.cents)}`,
    `  messages  ${messages.visible} visible, ${messages.inFlight} in flight, ${messages.deadLettered} dead-lettered, ${async}`,
    ...(result.stock ?? []).map(
      ({ item_id, stock, free, held, sold }) =>
        `  stock     ${item_id}: ${free} free, ${held} held and ${sold} sold of ${stock}`,
    ),
    ...result.notes.map((note) => `  note      ${note}`),
    ...violationLines(result),
  ].join('\n');
}

function verdict({ closed, settled, violations }: Reconciliation): string {
  if (!closed) return `do not close: ${counted(violations.length, 'violation')}`;
  return settled ? 'close' : 'show no violation so far, but the stage has not settled';
}

const inDollars = (cents: number): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

function violationLines({ violations }: Reconciliation): string[] {
  if (violations.length === 0) return [];
  const shown = violations.slice(0, SHOWN_VIOLATIONS);
  const more = violations.length - shown.length;
  return [
    '',
    ...shown.map(({ rule, orderId, detail }) =>
      `  ${rule}  ${orderId}  ${detail}`.replaceAll('\n', '\\n'),
    ),
    ...(more > 0 ? [`  and ${more} more: --json names them all`] : []),
  ];
}
