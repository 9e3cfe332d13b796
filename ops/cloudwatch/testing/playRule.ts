import { createContext, runInContext } from 'node:vm';
import type { AlarmRule } from '../alarms.ts';
import type { Metric } from '../metrics.ts';

/** What a metric has in a minute; nothing where nobody published it. */
export type Published = (metric: Metric, minute: number) => number | undefined;

/** How many of the newest minutes a metric still lacks when the alarm looks. */
export type LateBy = (metric: Metric) => number;
const onTime: LateBy = () => 0;

/** Minutes beyond its own that an alarm reads, to make up for those without a value. */
const MORE_MINUTES = 3;

/**
 * The minutes, of so many, in which the rule's alarm is on: it goes by the newest values there are, and where these are
 * too few by what a missing one means.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function minutesInAlarm(
  rule: AlarmRule,
  published: Published,
  minutes: number,
  lateBy = onTime,
): number[] {
  return range(minutes).filter((now) => {
    const seen: Published = (metric, minute) =>
      minute > now - lateBy(metric) ? undefined : published(metric, minute);
    const from = Math.max(0, now + 1 - rule.ofMinutes - MORE_MINUTES);
    const values = range(now + 1 - from).flatMap(
      (index) => resultOf(rule, (metric) => seen(metric, from + index)) ?? [],
    );
    const newest = values.slice(-rule.ofMinutes);
    const missing = Math.min(rule.ofMinutes, now + 1) - newest.length;
    const breaches = newest.filter((value) => isBreach(rule, value)).length;
    return breaches + (rule.missing === 'breaching' ? Math.max(0, missing) : 0) >= rule.minutes;
  });
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

const isBreach = (rule: AlarmRule, value: number): boolean =>
  'above' in rule ? value > rule.above : value < rule.below;

function resultOf(
  { metrics, expression }: AlarmRule,
  read: (metric: Metric) => number | undefined,
): number | undefined {
  const value = (id: string) => metrics[id] && read(metrics[id].metric);
  return calculate(expression ?? Object.keys(metrics)[0] ?? '', value);
}

/**
 * As much of metric math as the rules use. FILL and SUM pass over what is missing, anything else is missing with it:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
function calculate(
  expression: string,
  value: (id: string) => number | undefined,
): number | undefined {
  const sum = (ids: string): string => {
    const present = ids.split(', ').flatMap((id) => value(id) ?? []);
    return present.length === 0 ? 'missing' : String(present.reduce((a, b) => a + b));
  };
  const calculation = expression
    .replaceAll(/FILL\((\w+), 0\)/g, (_, id: string) => String(value(id) ?? 0))
    .replaceAll(/SUM\(\[(.*?)\]\)/g, (_, ids: string) => sum(ids))
    .replaceAll(/\b[a-z]\w*/g, (id) => String(value(id) ?? 'missing'))
    .replaceAll('AND', '&&');
  if (calculation.includes('missing')) return undefined;
  return runInContext(calculation, METRIC_MATH) as number;
}

const METRIC_MATH = createContext({
  IF: (holds: boolean, then: number, otherwise: number) => (holds ? then : otherwise),
});
