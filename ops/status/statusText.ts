import { WAYS, type Way } from '../../lib/domain/order.ts';
import { describeBreaker } from '../breaker.ts';
import type { StageStatus } from './stageStatus.ts';

type Cell = string | number;

/** The status as one screen. */
export function describeStatus(status: StageStatus): string {
  const { stage, at, open, ended, rates, queue, workers, breaker, dead_letters: dead } = status;
  const span = ended === null ? '' : ` (the last ${age(ended.seconds)})`;
  const perSecond = rates === null ? '' : ` (orders/s, the last ${age(rates.seconds)})`;
  const needed = workers.needed === null ? '' : `, ${workers.needed} needed to keep up`;
  const letters = dead.queued + dead.direct;
  return [
    `Stage ${stage}  ${at}  ${status.outlook}`,
    '',
    row('', WAYS),
    row('pending', eachWay(open.by_way)),
    row('completed', eachWay(ended?.completed), span),
    row('declined', eachWay(ended?.declined), span),
    row('cancelled', eachWay(ended?.cancelled), span),
    row('in', eachWay(rates?.accepted, 1), perSecond),
    row('out', eachWay(rates?.ended, 1), perSecond),
    '',
    line('oldest open', open.oldest_seconds === null ? 'none' : age(open.oldest_seconds)),
    line('queue', `${queue.waiting} waiting, ${queue.in_flight} in flight; ${drain(status)}`),
    line(
      'workers',
      `maximum concurrency ${workers.maximum ?? 'none'} of ${workers.batch_size} orders, ${workers.state}${needed}`,
    ),
    line('promises', promises(status)),
    line('breaker', breaker === null ? 'none' : describeBreaker(breaker)),
    line(
      'dead letters',
      letters === 0 ? 'none' : `${dead.queued} queued, ${dead.direct} direct: sls dlq list`,
    ),
    line('throttles', throttles(status)),
  ].join('\n');
}

const line = (name: string, text: string) => `${name.padEnd(14)}${text}`;

const row = (name: string, cells: readonly Cell[], note = '') =>
  line(name, cells.map((cell) => String(cell).padStart(9)).join('')) + note;

const eachWay = (figures: Record<Way, number> | undefined, digits = 0): Cell[] =>
  WAYS.map((way) => figures?.[way].toFixed(digits) ?? '–');

function drain({ drained_in_seconds: seconds, rates }: StageStatus): string {
  if (seconds === 0) return 'drained';
  if (seconds !== null) return `drained in ${age(seconds)} at this rate`;
  return rates === null ? 'its rate was not measured' : 'it does not drain at this rate';
}

function promises({ promises: counted, ended }: StageStatus): string {
  if (counted === null || ended === null) return 'not measured';
  if (counted.ended === 0) return 'no order ended that had one';
  const share = ((100 * counted.kept) / counted.ended).toFixed(1);
  return `${share} % of ${counted.ended} kept (the last ${age(ended.seconds)})`;
}

function throttles({ throttles: counted, ended }: StageStatus): string {
  if (counted === null || ended === null) return 'not measured';
  const some = Object.entries(counted).filter(([, count]) => count > 0);
  return some.map(([key, count]) => `${key} ${count}`).join(', ') || 'none';
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
function age(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
