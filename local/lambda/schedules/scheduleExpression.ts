/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const RATE = /^rate\((\d+) (minute|hour|day)(s?)\)$/;
const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;
const DAY_MS = 86_400_000;

interface Field {
  name: string;
  lowest: number;
  highest: number;
  names?: string[];
}

const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const MINUTES: Field = { name: 'minutes', lowest: 0, highest: 59 };
const HOURS: Field = { name: 'hours', lowest: 0, highest: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', lowest: 1, highest: 31 };
const MONTH: Field = { name: 'month', lowest: 1, highest: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day of week', lowest: 1, highest: 7, names: WEEKDAYS };
/** AWS takes later years than its documents say. */
const YEAR: Field = { name: 'year', lowest: 1970, highest: 9999 };
const LAST_YEAR = 2199;

/**
 * When a schedule runs next after `afterMs`, its start or its last run, and not before `nowMs` (UTC); undefined when
 * never again.
 */
export type NextRun = (afterMs: number, nowMs?: number) => number | undefined;

/** Throws for an expression that AWS refuses, in a rule or as one of the Scheduler. */
export function parseSchedule(expression: string, source = 'aws.events'): NextRun {
  try {
    return source === 'aws.scheduler' ? parse(asOfRule(expression)) : parse(expression);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`AWS would refuse the schedule "${expression}": ${message}`);
  }
}

/**
 * The Scheduler takes capitals, a cron without its year and any plural, as recorded:
 * https://github.com/badmintoncryer/cdk-preflight/blob/main/rules/scheduler/pf-scheduler-schedule-expression/rule.rego
 */
function asOfRule(expression: string): string {
  const [, keyword = '', fields = ''] = /^(rate|cron)\((.*)\)$/i.exec(expression) ?? [];
  if (keyword.toLowerCase() === 'cron')
    return `cron(${fields.split(' ').length === 5 ? `${fields} *` : fields})`;
  const [, count, unit] = /^(\d+) *(minute|hour|day)s?$/i.exec(fields) ?? [];
  if (count === undefined) return expression;
  return `rate(${Number(count)} ${unit?.toLowerCase()}${Number(count) === 1 ? '' : 's'})`;
}

/** Without a time zone: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time */
const AT =
  /^at\(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?\)$/i;

/** What AWS has against an expression, or undefined. */
export function scheduleFault(expression: string, source?: string): string | undefined {
  if (source === 'aws.scheduler' && AT.test(expression)) return undefined;
  try {
    parseSchedule(expression, source);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function parse(expression: string): NextRun {
  const [, count, unit = '', plural = ''] = RATE.exec(expression) ?? [];
  if (count !== undefined) return rate(Number(count), unit, plural);
  const fields = CRON.exec(expression)?.slice(1);
  if (!fields) throw new Error('it is neither rate(VALUE UNIT) nor cron(...) of six fields');
  return cron(fields);
}

function rate(count: number, unit: string, plural: string): NextRun {
  if (count === 0) throw new Error('the value of a rate is at least 1');
  if ((count === 1) !== (plural === ''))
    throw new Error('the unit is singular after 1, and plural after every other value');
  const periodMs = count * (UNIT_MS[unit] as number);
  return (afterMs, nowMs = afterMs) => {
    const missed = Math.max(0, Math.floor((nowMs - afterMs) / periodMs));
    return afterMs + (missed + 1) * periodMs;
  };
}

function cron(fields: string[]): NextRun {
  const [minutes = '', hours = '', day = '', month = '', weekday = '', year = ''] = fields;
  if ((day === '?') === (weekday === '?'))
    throw new Error('one of the fields day of month and day of week has to be "?", and one not');
  const timesOfDay = values(hours, HOURS).flatMap((hour) =>
    values(minutes, MINUTES).map((minute) => hour * 3_600_000 + minute * 60_000),
  );
  const [months, years] = [new Set(values(month, MONTH)), new Set(values(year, YEAR))];
  const isOnDay = day === '?' ? weekdayMatcher(weekday) : dayMatcher(day);
  return (afterMs, nowMs = afterMs) => {
    const first = new Date(Math.max(afterMs, nowMs) + 60_000).setUTCSeconds(0, 0);
    for (let start = startOfDay(first); ; start += DAY_MS) {
      const date = new Date(start);
      if (date.getUTCFullYear() > LAST_YEAR) return undefined;
      if (!years.has(date.getUTCFullYear()) || !months.has(date.getUTCMonth() + 1)) continue;
      const time =
        isOnDay(date) && timesOfDay.find((sinceMidnight) => start + sinceMidnight >= first);
      if (typeof time === 'number') return start + time;
    }
  };
}

type DayMatcher = (date: Date) => boolean;

/** Numbers, `L` the last day, `15W` the weekday nearest to the 15th. */
function dayMatcher(text: string): DayMatcher {
  if (text === 'L') return (date) => date.getUTCDate() === lastDayOfMonth(date);
  const nearest = /^(\d+)W$/.exec(text)?.[1];
  if (nearest) {
    const wanted = numberOf(nearest, DAY_OF_MONTH);
    return (date) => date.getUTCDate() === nearestWeekday(date, wanted);
  }
  const days = new Set(values(text, DAY_OF_MONTH));
  return (date) => days.has(date.getUTCDate());
}

/** 1 is Sunday; `L` Saturday, `5L` the last Thursday, `3#2` the second Tuesday. */
function weekdayMatcher(text: string): DayMatcher {
  if (text === 'L') return (date) => date.getUTCDay() === 6;
  const [, lastOf, of, nth] = /^(?:(\w+)L|(\w+)#([1-5]))$/.exec(text) ?? [];
  if (lastOf) {
    const wanted = numberOf(lastOf, DAY_OF_WEEK) - 1;
    return (date) => date.getUTCDay() === wanted && date.getUTCDate() + 7 > lastDayOfMonth(date);
  }
  if (of) {
    const wanted = numberOf(of, DAY_OF_WEEK) - 1;
    return (date) =>
      date.getUTCDay() === wanted && Math.ceil(date.getUTCDate() / 7) === Number(nth);
  }
  const days = new Set(values(text, DAY_OF_WEEK));
  return (date) => days.has(date.getUTCDay() + 1);
}

function nearestWeekday(date: Date, wanted: number): number {
  const last = lastDayOfMonth(date);
  const day = Math.min(wanted, last);
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < last ? day + 1 : day - 2;
  return day;
}

const PART = /^(\*|[a-z]+|\d+)(?:-([a-z]+|\d+))?(?:\/(\d+))?$/i;

/** `*`, `5`, `1,3`, `MON-FRI`, `0/15`, `10-40/10`; a range may pass the end, as `NOV-FEB`. In rising order. */
function values(text: string, field: Field): number[] {
  const { lowest, highest } = field;
  const size = highest - lowest + 1;
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to, step] = PART.exec(part) ?? [];
    if (from === undefined || (from === '*' && to !== undefined)) throw fault(text, field);
    const start = from === '*' ? lowest : numberOf(from, field);
    const isOpen = to === undefined && (from === '*' || step !== undefined);
    let end = isOpen ? highest : numberOf(to ?? from, field);
    if (end < start) end += size;
    const stride = Number(step ?? 1);
    if (stride < 1 || stride > highest) throw fault(text, field);
    for (let value = start; value <= end; value += stride)
      found.add(((value - lowest) % size) + lowest);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(text: string, field: Field): number {
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = index < 0 ? Number(text) : index + field.lowest;
  if (value >= field.lowest && value <= field.highest) return value;
  throw fault(text, field);
}

const fault = (text: string, { name, lowest, highest }: Field): Error =>
  new Error(`"${text}" is not a value of its field ${name} (${lowest} to ${highest})`);

const startOfDay = (timeMs: number) => timeMs - (timeMs % DAY_MS);

function lastDayOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
