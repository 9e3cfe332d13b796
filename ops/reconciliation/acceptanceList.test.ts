import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readAcceptanceList } from './acceptanceList.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'accepted-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const name = path.join(folder, 'file');
  writeFileSync(name, content);
  return name;
}

describe('readAcceptanceList', () => {
  it('reads ids and JSON lines', async () => {
    const ids = await readAcceptanceList(file('ord_1\n\n{"status":202,"order_id":"ord_2"}\n'));
    expect(ids).toEqual([
      ['ord_1', 'accepted'],
      ['ord_2', 'accepted'],
    ]);
  });

  it('reads a JSON array of ids, or of orders', async () => {
    const list = [
      'ord_1',
      { order_id: 'ord_2', status: 'pending' },
      { order_id: 'ord_3', status: 503 },
    ];
    expect(await readAcceptanceList(file(JSON.stringify(list, null, 2)))).toEqual([
      ['ord_1', 'accepted'],
      ['ord_2', 'accepted'],
    ]);
    expect(await readAcceptanceList(file('[]'))).toEqual([]);
    expect(await readAcceptanceList(file('\ufeff["ord_1"]'))).toEqual([['ord_1', 'accepted']]);
  });

  it('reads what Locust wrote: a line of an answer that took no order, or of no request, says nothing', async () => {
    const log = [
      { event: 'start', at: 1 },
      { at: 2, name: 'POST /orders/sync', status: 200, ms: 3000, order_id: 'ord_1' },
      { at: 2, name: 'POST /orders/sync [refused]', status: 503, ms: 2 },
      { at: 2, name: 'POST /orders/sync [declined]', status: 402, ms: 2, order_id: 'ord_2' },
      { event: 'cpu', at: 3, percent: 12.5 },
      { at: 2, name: 'POST /orders/sync [declined]', status: 402, ms: 2 },
      { at: 2, name: 'GET /orders/{order_id}', status: 200, ms: 2, order_id: 'ord_1' },
      { at: 3, name: 'POST /orders/async', status: 0, ms: 1, error: 'ConnectionRefusedError' },
    ];
    const lines = log.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect(await readAcceptanceList(file(lines))).toEqual([
      ['ord_1', 'paid'],
      ['ord_2', 'declined'],
      ['ord_1', 'seen'],
    ]);
  });

  it.each([
    '{"status":202}',
    '{"status":202,"order_id":null}',
    '{"order_id":7}',
    '{broken',
    'two words',
    '["ord_2"',
  ])('refuses the line %s, by its number', async (line) => {
    await expect(readAcceptanceList(file(`ord_1\n${line}\n`))).rejects.toThrow(
      /line 2: must be an order id/,
    );
  });

  it('knows from the body of an order what its buyer was told', async () => {
    const bodies = ['completed', 'declined', 'cancelled', 'pending'].map((status) =>
      JSON.stringify({ order_id: `ord_${status}`, way: 'sync', status }),
    );
    expect(await readAcceptanceList(file(bodies.join('\n')))).toEqual([
      ['ord_completed', 'completed'],
      ['ord_declined', 'declined'],
      ['ord_cancelled', 'seen'],
      ['ord_pending', 'seen'],
    ]);
  });

  it('refuses a state that there is not', async () => {
    await expect(readAcceptanceList(file('{"order_id":"ord_1","status":"paid"}'))).rejects.toThrow(
      /line 1: status must be an HTTP status or one of .*, got "paid"/,
    );
  });

  it('refuses an item of an array that is not an id, by its number', async () => {
    await expect(readAcceptanceList(file('["ord_1", 7]'))).rejects.toThrow(
      /item 2: must be an order id/,
    );
  });
});
