import { runInNewContext } from 'node:vm';
import type { AlarmRule } from '../alarms.ts';
import type { Metric } from '../metrics.ts';

/** What a metric has in a minute; nothing where nobody published it. */
export type Published = (metric: Metric, minute: number) => number | undefined;

/** The minutes, of so many, in which the rule's alarm is on. */
export function minutesInAlarm(rule: AlarmRule, published: Published, minutes: number): number[] {
  const breaches = range(minutes).map((minute) => isBreach(rule, published, minute));
  return range(minutes).filter((minute) => {
    const window = breaches.slice(Math.max(0, minute + 1 - rule.ofMinutes), minute + 1);
    return window.filter(Boolean).length >= rule.minutes;
  });
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

function isBreach(rule: AlarmRule, published: Published, minute: number): boolean {
  const value = resultOf(rule, (metric) => published(metric, minute));
  if (value === undefined) return rule.missing === 'breaching';
  return 'above' in rule ? value > rule.above : value < rule.below;
}

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
  const IF = (holds: boolean, then: number, otherwise: number) => (holds ? then : otherwise);
  return runInNewContext(calculation, { IF }) as number;
}
