import { describe, expect, it } from '@jest/globals';
import { readRecorded } from '../permissions/stages.ts';
import { type CompiledManifest, compileManifest } from './compiledManifest.ts';

/** What packaging itself draws anew each time. */
const settled = (value: unknown) =>
  JSON.stringify(value, null, 1).replaceAll(/\d{13}-[\d-]+T[\d:.]+Z/g, 'when');

describe('A stage without a stock', () => {
  it('has no table, no policy, no variable and no code of one; all else is the same', () => {
    const off = compileManifest('local');
    const on = compileManifest('local', { STOCK: 'on', UNITS_PER_CUSTOMER: '2' });

    expect(settled(off.template)).not.toMatch(/stock|UNITS_PER_CUSTOMER|UnitsOverdue/i);
    const rest = structuredClone(on.template);
    for (const [id, { Properties = {} }] of Object.entries(rest.Resources)) {
      if (/^(Stock|UnitsOverdue)/.test(id)) delete rest.Resources[id];
      const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: object };
      for (const name of ['STOCK_TABLE', 'STOCK_LEASE_SECONDS', 'UNITS_PER_CUSTOMER'])
        Reflect.deleteProperty(Variables, name);
    }
    Reflect.deleteProperty(rest.Outputs ?? {}, 'StockTableName');
    // Its one chart more moves the others.
    for (const { Resources } of [rest, off.template]) delete Resources.Dashboard;
    expect(settled(rest)).toBe(settled(off.template));

    const withStock = ({ bundles }: CompiledManifest) =>
      Object.keys(bundles).filter((zip) => /held_in/.test(bundles[zip] ?? ''));
    expect(withStock(on).sort()).toEqual(
      [
        ...['orderAsync', 'orderCancel', 'orderSweeper', 'orderSync'],
        ...['queueWorker', 'topicProcessor'],
      ].map((key) => `${key}.zip`),
    );
    expect(withStock(off)).toEqual([]);
    // No key and no index of the table either, and functions that never had one are the same.
    const names = /open_in|held_in|units\/|customer\//;
    for (const [zip, code] of Object.entries(off.bundles)) {
      expect([zip, names.exec(code)?.[0]]).toEqual([zip, undefined]);
      if (!withStock(on).includes(zip))
        expect([zip, code === on.bundles[zip]]).toEqual([zip, true]);
    }
  }, 120_000);

  it('is never asked for one: no call that was recorded of its functions names a stock', () => {
    const stocked = (stage: string) =>
      Object.entries(readRecorded()[stage] ?? {})
        .filter(([, calls]) => calls.some(({ resource }) => /stock/.test(resource)))
        .map(([key]) => key);
    expect(stocked('stock and tracing')).toContain('orderAsync');
    expect(stocked('plain')).toEqual([]);
  });
});
