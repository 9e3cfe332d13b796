import { styleText } from 'node:util';
import { isObject, parseJson } from '../../common/json.ts';
import { visibleText } from '../../common/visibleText.ts';

type Format = Parameters<typeof styleText>[0];

const LEVEL_STYLES: Record<string, Format> = {
  ERROR: 'red',
  CRITICAL: 'red',
  WARN: 'yellow',
  DEBUG: 'gray',
};

/** Fields of a structured line that repeat what the line's head says, or matter only in CloudWatch. */
const HEAD_FIELDS = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'requestId',
]);

/**
 * Makes a function's log line readable on a terminal: `12:00:01.123 queueWorker INFO order completed order_id=...`.
 * Metrics (EMF) and Lambda's own START, END and REPORT lines give undefined: they are for machines.
 */
export function readableLogLine(functionKey: string, line: string, now: Date): string | undefined {
  if (/^(START|END|REPORT|INIT_START) /.test(line)) return undefined;
  const parsed = parseJson(line);
  const entry = isObject(parsed) ? parsed : undefined;
  if (entry && '_aws' in entry) return undefined;
  const time = styleText('gray', now.toISOString().slice(11, 23), { stream: process.stderr });
  const name = styleText('cyan', functionKey.padEnd(14), { stream: process.stderr });
  if (!entry) return `${time} ${name} ${visibleText(line)}`;
  const level = visibleText(String(entry.level ?? 'INFO'));
  const style = LEVEL_STYLES[level];
  const shownLevel = style ? styleText(style, level, { stream: process.stderr }) : level;
  const fields = Object.entries(entry)
    .filter(([field, value]) => !HEAD_FIELDS.has(field) && value !== undefined)
    .map(
      ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  const said = [String(entry.message ?? ''), ...fields].map(visibleText);
  return [time, name, shownLevel, ...said].join(' ');
}
