/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const CRON = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/;
const DAY_MS = UNIT_MS.day as number;
const LAST_YEAR = 2199;
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/**
 * When `expression` runs next after `afterMs`, its start or its last run, and not before `nowMs` (UTC); undefined when
 * never again.
 */
export function nextRun(expression: string, afterMs: number, nowMs = afterMs): number | undefined {
  const [, count, unit = ''] = RATE.exec(expression) ?? [];
  if (count !== undefined)
    return nextRateRun(Number(count) * (UNIT_MS[unit] as number), afterMs, nowMs);
  const fields = CRON.exec(expression)?.slice(1);
  if (!fields)
    throw new Error(`Schedule "${expression}" is neither rate(...) nor cron(...) of six fields`);
  return nextCronRun(fields as CronFields, Math.max(afterMs, nowMs));
}

function nextRateRun(periodMs: number, afterMs: number, nowMs: number): number {
  if (periodMs === 0) throw new Error('The value of a rate is at least 1');
  const missed = Math.max(0, Math.floor((nowMs - afterMs) / periodMs));
  return afterMs + (missed + 1) * periodMs;
}

type CronFields = [string, string, string, string, string, string];

function nextCronRun(fields: CronFields, afterMs: number): number | undefined {
  const [minutesField, hoursField, dayField, monthField, weekdayField, yearField] = fields;
  const minutes = values(minutesField, 0, 59);
  const hours = values(hoursField, 0, 23);
  const months = values(monthField, 1, 12, MONTHS, 1);
  const years = values(yearField, 1970, LAST_YEAR);
  const first = new Date(afterMs + 60_000).setUTCSeconds(0, 0);
  for (let day = startOfDay(first); new Date(day).getUTCFullYear() <= LAST_YEAR; day += DAY_MS) {
    const date = new Date(day);
    if (!years.has(date.getUTCFullYear())) {
      day = Date.UTC(date.getUTCFullYear() + 1, 0, 1) - DAY_MS;
      continue;
    }
    if (!months.has(date.getUTCMonth() + 1)) continue;
    if (!isOnDay(date, dayField) || !isOnWeekday(date, weekdayField)) continue;
    const run = firstTimeOfDay(day, first, hours, minutes);
    if (run !== undefined) return run;
  }
  return undefined;
}

function firstTimeOfDay(
  day: number,
  first: number,
  hours: Set<number>,
  minutes: Set<number>,
): number | undefined {
  for (const hour of [...hours].sort((a, b) => a - b)) {
    for (const minute of [...minutes].sort((a, b) => a - b)) {
      const time = day + hour * 3_600_000 + minute * 60_000;
      if (time >= first) return time;
    }
  }
  return undefined;
}

/** Day of the month: numbers, `L` the last day, `15W` the weekday nearest to the 15th. */
function isOnDay(date: Date, field: string): boolean {
  if (field === '?' || field === '*') return true;
  const day = date.getUTCDate();
  const last = lastDayOfMonth(date);
  if (field === 'L') return day === last;
  const nearest = /^(\d+)W$/.exec(field)?.[1];
  if (nearest) return day === nearestWeekday(date, Number(nearest), last);
  return values(field, 1, 31).has(day);
}

/** Day of the week: 1 is Sunday; `5L` the last Thursday, `3#2` the second Tuesday. */
function isOnWeekday(date: Date, field: string): boolean {
  if (field === '?' || field === '*') return true;
  const weekday = date.getUTCDay() + 1;
  const day = date.getUTCDate();
  if (field === 'L') return weekday === 7;
  const [, lastOf, of, nth] = /^(?:(\w+)L|(\w+)#(\d))$/.exec(field) ?? [];
  if (lastOf) return weekday === dayNumber(lastOf) && day + 7 > lastDayOfMonth(date);
  if (of) return weekday === dayNumber(of) && Math.ceil(day / 7) === Number(nth);
  return values(field, 1, 7, WEEKDAYS, 1).has(weekday);
}

function dayNumber(name: string): number {
  const index = WEEKDAYS.indexOf(name.toUpperCase());
  return index < 0 ? Number(name) : index + 1;
}

function nearestWeekday(date: Date, wanted: number, last: number): number {
  const day = Math.min(wanted, last);
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < last ? day + 1 : day - 2;
  return day;
}

/** `*`, `5`, `1,3`, `MON-FRI`, `0/15`, `10-40/10` */
function values(
  field: string,
  lowest: number,
  highest: number,
  names: string[] = [],
  base = 0,
): Set<number> {
  const numberOf = (text: string) => {
    const index = names.indexOf(text.toUpperCase());
    return index < 0 ? Number(text) : index + base;
  };
  const result = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step] = part.split('/');
    const [from = '', to] = range.split('-');
    const isAny = from === '*' || from === '?';
    const start = isAny ? lowest : numberOf(from);
    const end = isAny || (to === undefined && step !== undefined) ? highest : numberOf(to ?? from);
    for (let value = start; value <= end; value += Number(step ?? 1)) result.add(value);
  }
  return result;
}

const startOfDay = (timeMs: number) => timeMs - (timeMs % DAY_MS);

function lastDayOfMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
