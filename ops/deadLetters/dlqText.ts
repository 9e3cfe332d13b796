import { counted } from '../../common/counted.ts';
import type { DeadLetterCause, DeadLetterChange, Operation } from '../../contracts/deadLetters.ts';
import type { GivenUpBy } from './deadLetter.ts';
import type { JudgedLetter } from './judgedLetter.ts';

const GIVEN_UP: Record<GivenUpBy, string> = {
  queue: 'received too often',
  subscription: 'SNS could not hand it over',
  invocation: 'Lambda gave it up',
};
const DONE = { redrive: 'published again', discard: 'cancelled' };

const money = (cents: number): string => (cents / 100).toFixed(2);

/** The causes, as a person reads them. */
export function describeCauses(
  stage: string,
  {
    messages,
    orders,
    cents,
    causes,
  }: { messages: number; orders: number; cents: number; causes: DeadLetterCause[] },
): string {
  if (messages === 0) return `Stage ${stage} has no such dead letters.`;
  const head = `Stage ${stage}: ${counted(messages, 'dead letter')} of ${counted(causes.length, 'cause')}, holding ${counted(orders, 'open order')} of ${money(cents)} together`;
  return [head, ...causes.map(describeCause)].join('\n');
}

const describeCause = (found: DeadLetterCause): string =>
  [
    `\n${found.id}  ${found.cause}`,
    `        ${counted(found.messages, 'message')}, ${counted(found.orders, 'open order')} of ${money(found.cents)}, sent ${found.since} to ${found.latest}`,
    `        in ${Object.entries(found.queues)
      .map(([queue, count]) => `${queue} (${count})`)
      .join(', ')}`,
  ].join('\n');

export const describeLine = (letter: JudgedLetter): string =>
  `${letter.causeId}  ${letter.sentAt}  ${letter.orderId ?? letter.messageId}  ${letter.status ?? letter.noOrder ?? ''}`;

/** One letter with all that is known of it. */
export function describeLetter(letter: JudgedLetter): string {
  const { orderId, messageId, order, noOrder, said, errors, attempts, status } = letter;
  const isOpen =
    status === undefined ? noOrder : `${status}, ${counted(attempts, 'failed attempt')}`;
  return [
    `${orderId ?? 'no order'}  ${isOpen}${order === undefined ? '' : `, ${order.way} way, ${money(order.total_cents)}`}`,
    `  message  ${messageId} in ${letter.queue}, sent ${letter.sentAt}`,
    `  given up ${GIVEN_UP[letter.givenUpBy]}${said === undefined ? '' : `: ${said}`}`,
    `  cause    ${letter.causeId}  ${letter.cause}`,
    ...errors.map(({ at, cause }) => `  failed   ${at}  ${cause}`),
    `  body     ${letter.body}`,
  ].join('\n');
}

/** What a change did, or would do. */
export function describeChange(change: DeadLetterChange): string {
  const { action, applied, messages, cents, done, ended, kept } = change;
  const verb = (count: number) => (applied ? (count === 1 ? 'was' : 'were') : 'would be');
  return [
    `${counted(messages, 'message')} chosen, holding ${money(cents)}`,
    `  ${counted(done, 'order')} ${verb(done)} ${DONE[action]}`,
    ...(ended > 0
      ? [`  ${counted(ended, 'message')} of no open order ${verb(ended)} deleted`]
      : []),
    ...Object.entries(kept).map(([why, count]) => `  ${counted(count, 'message')} kept: ${why}`),
  ].join('\n');
}

export function describeOperations(operations: Operation[]): string {
  if (operations.length === 0) return 'Nothing was sent back or discarded yet.';
  return operations.map(describeOperation).join('\n');
}

function describeOperation({ at, who, action, filter, reason, messages, result }: Operation) {
  const chosen = Object.entries(filter).map(
    ([name, value]) => ` --${name} ${JSON.stringify(value)}`,
  );
  const what = `${action}${chosen.join('')}${reason === undefined ? '' : ` --reason ${JSON.stringify(reason)}`}`;
  const came =
    result === undefined
      ? 'was interrupted or is still at work'
      : `${result.done} ${DONE[action]}, ${result.ended} deleted, ${Object.values(result.kept).reduce((sum, count) => sum + count, 0)} kept`;
  return `${at}  ${who}  ${what}  ${counted(messages, 'message')}: ${came}`;
}
