import { isObject, parseJson } from '../../../common/json.ts';
import { UsageError } from '../../../common/usageError.ts';
import { paymentFaultsSchema } from '../../../lib/domain/declinesAndFaults.ts';
import { WAYS, type Way } from '../../../lib/domain/order.ts';
import { readNumber } from '../../../ops/commandLine.ts';
import { type Environment, type Sizing, sizing } from '../../../ops/parameters.ts';
import { regionLimits, UNRESERVED } from '../model/quotas.ts';
import { readLoad } from './load.ts';
import { readPaymentTime } from './paymentTime.ts';
import type { Faults, PlanSettings } from './settings.ts';

/** As they stand on the command line. */
export type PlanOptions = Record<string, string | undefined>;

/** Where the plan's defaults come from. */
export interface Manifest {
  environment: Environment;
  stage: string;
  region: string;
}

const DEFAULT_RATE = '60';
const LAMBDA_QUOTA = 1000;
const MOST_SECONDS = 7 * 86_400;
const NO_FAULTS: Faults = { decline: 0, before: 0, after: 0, never: 0 };

/** Reads all options; throws one error with a line for each that breaks its rule. */
export function readPlanOptions(options: PlanOptions, manifest: Manifest): PlanSettings {
  const base = sizing(manifest.environment, manifest.stage);
  const faults: string[] = [];
  const read = <T>(reader: () => T): T | undefined => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const whole = (name: string, least: number, most: number) =>
    read(() => wholeNumber(options, name, least, most));
  const way = read(() => readWay(options.way, base.asyncWay)) ?? base.asyncWay;
  const payment = read(() => readPaymentTime(options.payment ?? String(base.payment.seconds)));
  const duration = read(() => readDuration('--duration', options.duration));
  const load = read(() => readLoad(options.rate ?? DEFAULT_RATE, way, duration));
  const settings = {
    ...{ way, region: manifest.region },
    gatewayRequestsPerSecond: regionLimits(manifest.region).gatewayRequestsPerSecond,
    parameters: {
      WORKER_COUNT: whole('workers', 1, 1000),
      BATCH_SIZE: whole('batch', 1, 1000),
      MEMORY_MB: whole('memory', 128, 10_240),
    },
    quota: whole('quota', 1, 1_000_000) ?? LAMBDA_QUOTA,
    polls: whole('polls', 0, 1000) ?? 0,
    pollers: whole('pollers', 2, 2000),
    seed: whole('seed', 0, 2 ** 31 - 1) ?? 1,
    faults: read(() => readFaults(options.faults, way)) ?? NO_FAULTS,
  };
  if (faults.length > 0 || load === undefined || payment === undefined)
    throw new UsageError(faults.join('\n'));
  // A stage is packaged for payments that rarely take longer.
  const seconds = String(Math.round(payment.quantile(0.99) * 1000) / 1000);
  const given = { PAYMENT_SECONDS: seconds, ...texts(settings.parameters) };
  const sized = sizing({ ...manifest.environment, ...given }, manifest.stage);
  return withQuota({ ...settings, load, payment, sizing: sized, hasReservations: true });
}

/** The same plan with another number of workers. */
export function withWorkers(
  settings: PlanSettings,
  workers: number,
  manifest: Manifest,
): PlanSettings {
  const { sizing: sized } = settings;
  const environment = {
    ...manifest.environment,
    WORKER_COUNT: String(workers),
    BATCH_SIZE: sized.workers.wholeBatch,
    MEMORY_MB: String(sized.memoryMb),
    PAYMENT_SECONDS: String(sized.payment.seconds),
  };
  return withQuota({ ...settings, sizing: sizing(environment, manifest.stage) });
}

/** A quota that leaves too little refuses every reservation: such a stage is packaged without them. */
function withQuota(settings: PlanSettings): PlanSettings {
  const { sizing: sized, quota } = settings;
  const parts = [sized.workers, sized.sync, sized.direct, sized.intake, sized.sweeper];
  const reserved = parts.reduce(
    (sum, { reservedConcurrency }) => sum + (reservedConcurrency ?? 0),
    0,
  );
  const isOff = sized.workers.reservedConcurrency === null;
  if (!isOff && reserved + Math.min(UNRESERVED, quota) <= quota)
    return { ...settings, hasReservations: true };
  return { ...settings, sizing: withoutReservations(sized), hasReservations: false };
}

const withoutReservations = (sized: Sizing): Sizing => ({
  ...sized,
  workers: { ...sized.workers, reservedConcurrency: null },
  sync: { ...sized.sync, reservedConcurrency: null },
  direct: { reservedConcurrency: null },
  intake: { reservedConcurrency: null },
  sweeper: { ...sized.sweeper, reservedConcurrency: null },
});

const texts = (numbers: Record<string, number | undefined>): Environment =>
  Object.fromEntries(
    Object.entries(numbers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );

function wholeNumber(options: PlanOptions, name: string, least: number, most: number) {
  const text = options[name];
  return text === undefined ? undefined : readNumber(`--${name}`, text, least, most);
}

function readWay(text: string | undefined, usual: Way): Way {
  const way = WAYS.find((known) => known === (text ?? usual));
  if (way !== undefined) return way;
  throw new UsageError(`--way: must be ${WAYS.join(', ')}, got ${JSON.stringify(text)}`);
}

const SECONDS_OF: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** `90`, `90s`, `15m`, `1h`. */
export function readDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = '', unit = 's'] = /^(\d+)([smh])?$/.exec(text) ?? [];
  const seconds = number === '' ? 0 : Number(number) * (SECONDS_OF[unit] ?? 0);
  if (seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw new UsageError(
    `${name}: must be a time such as 90s, 15m or 1h, 7 days at most, got ${JSON.stringify(text)}`,
  );
}

function readFaults(text: string | undefined, way: Way): Faults {
  if (text === undefined) return NO_FAULTS;
  const refuse = (rule: string) => new UsageError(`--faults: ${rule}, got ${JSON.stringify(text)}`);
  const value = parseJson(text);
  if (!isObject(value)) throw refuse('must be a JSON object such as {"decline":0.1,"before":0.05}');
  const { error, data } = paymentFaultsSchema().safeParse(value);
  if (data === undefined)
    throw refuse(
      error?.issues.map(({ path, message }) => [...path, message].join(' ')).join('; ') ?? '',
    );
  if (data.by_item || data.down !== undefined)
    throw refuse('a plan knows neither items nor moments: leave out by_item and down');
  const { decline, before, after, never } = data;
  if (way === 'sync' && before + after + never > 0)
    throw refuse('the sync way is planned with decline alone');
  return { decline, before, after, never };
}
