import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readableLogLine } from './logLines.ts';

const at = new Date('2026-11-23T12:00:01.123Z');
const readable = (line: string) => {
  const text = readableLogLine('queueWorker', line, at);
  return text === undefined ? undefined : stripVTControlCharacters(text);
};

describe('A log line of a function', () => {
  it('that is structured shows level, message and its own fields', () => {
    const line = JSON.stringify({
      level: 'INFO',
      message: 'order completed',
      timestamp: 'x',
      service: 's',
      order_id: 'ord_1',
      took: { ms: 3 },
    });

    expect(readable(line)).toBe(
      '12:00:01.123 queueWorker    INFO order completed order_id=ord_1 took={"ms":3}',
    );
  });

  it('that is plain text is shown as it is', () => {
    expect(readable('hello {')).toBe('12:00:01.123 queueWorker    hello {');
    expect(readable('{ not JSON')).toBe('12:00:01.123 queueWorker    { not JSON');
  });

  it.each([
    'START RequestId: 1 Version: $LATEST',
    'REPORT RequestId: 1',
    'END RequestId: 1',
    '{"_aws":{},"OrderAccepted":1}',
  ])('that is for machines is left out: %s', (line) => {
    expect(readable(line)).toBeUndefined();
  });

  it('shows the control characters of a stranger in place of handing them to the terminal', () => {
    const line = JSON.stringify({ message: 'bad \u009b2J', cause: '\u001b[31m' });
    for (const written of [line, 'plain \u009b2J'])
      expect(readableLogLine('orderSync', written, new Date(0))).toContain('\\u009b2J');
    expect(readableLogLine('orderSync', line, new Date(0))).toContain('cause=\\u001b[31m');
  });
});
