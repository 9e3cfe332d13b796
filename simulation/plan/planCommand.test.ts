import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planCommand } from './planCommand.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'plan-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function plan(options: Record<string, string | boolean>, environment = {}) {
  const [out, told]: string[][] = [[], []];
  const exitCode = await planCommand({
    ...{ options, environment, stage: 'dev', region: 'us-east-1' },
    print: (text) => void out?.push(text),
    tell: (text) => void told?.push(text),
    progress: () => undefined,
  });
  return { exitCode, out: (out ?? []).join('\n'), told: (told ?? []).join('\n') };
}

const planJson = async (options: Record<string, string>) =>
  JSON.parse((await plan({ ...options, json: true })).out);

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  writeFileSync(at, text);
  return at;
}

describe('sls plan', () => {
  it('says what becomes of a sale, what gives way first, what it costs and what that rests on', async () => {
    const { exitCode, out, told } = await plan({ rate: '100', duration: '20s' });

    expect(exitCode).toBe(0);
    expect(told).toMatch(/^Planned in \d+\.\d s$/);
    expect(out).toMatch(/^100 orders\/s for 20 s; queued way, 22 workers/);
    expect(out).toMatch(/✗ It falls behind: queueWorker/);
    expect(out).toMatch(/Accepted +2,000 \(100.0 %\)/);
    expect(out).toMatch(/✗ +71\.\d\/s +queueWorker, 22 executions/);
    expect(out).toMatch(/DynamoDB, written +10,000 units/);
    expect(out).toContain('the document: 267K');
    expect(out).toMatch(/Assumed\n +A payment takes 3 s\./);
  });

  it('takes its defaults from the parameters of the stage', async () => {
    const { out } = await plan({ duration: '5s' }, { WORKER_COUNT: '7', MEMORY_MB: '512' });

    expect(out).toMatch(/7 workers that pay 10 at a time, 512 MB/);
  });

  it('follows a profile from corner to corner', async () => {
    const rate = file('spike.txt', '# seconds, orders a second\n0 0\n10 20\n10 100\n20, 100\n');

    const { outcome } = await planJson({ rate });

    expect(outcome.offered).toBe(1100);
    expect(outcome.samples[5].offered).toBeCloseTo(11, -1);
    expect(outcome.samples[15].offered).toBeGreaterThan(95);
  });

  it('sends the orders of a recorded sale when they were sent', async () => {
    const line = (at: number, name: string) => JSON.stringify({ at, name, status: 202, ms: 9 });
    const rate = file(
      'requests-5b.jsonl',
      [
        '{"event":"start","at":1000}',
        line(1000.5, 'POST /orders/async'),
        line(1000.6, 'GET /orders/{order_id}'),
        line(1003.6, 'POST /orders/async [refused]'),
        '',
      ].join('\n'),
    );

    const { outcome } = await planJson({ rate });

    expect(outcome.offered).toBe(2);
    expect(outcome.samples.map(({ offered }: { offered: number }) => offered).slice(0, 5)).toEqual([
      1, 0, 0, 1, 0,
    ]);
  });

  it('leaves reservations out where the quota is too small for them', async () => {
    const { settings, assumptions } = await planJson({ duration: '5s', quota: '10' });

    expect(settings.hasReservations).toBe(false);
    expect(assumptions.join(' ')).toContain('nothing is reserved');
  });

  it('writes a page that loads nothing', async () => {
    const html = path.join(folder, 'plan.html');

    await plan({ duration: '5s', html });

    const page = readFileSync(html, 'utf8');
    expect(page.includes('default-src &#39;none&#39;')).toBe(true);
    expect(page.includes('What gives way first')).toBe(true);
    expect(/ (src|href)="/.test(page)).toBe(false);
  });

  it.each([
    [{ rate: '0' }, '--rate: must be more than 0'],
    [{ rate: 'closed:0' }, '--rate: must be closed:BUYERS'],
    [{ rate: 'none.txt' }, '--rate: must be orders a second'],
    [{ duration: '0s' }, '--duration: must be a time such as 90s'],
    [{ payment: '4..2' }, '--payment: must be seconds from 0 to 20'],
    [{ payment: 'p50:3' }, '--payment: must be seconds from 0 to 20'],
    [{ workers: '0' }, '--workers: must be a whole number from 1 to 1000, got "0"'],
    [{ batch: '1.5' }, '--batch: must be a whole number'],
    [{ memory: '64' }, '--memory: must be a whole number from 128 to 10240, got "64"'],
    [{ quota: '-1' }, '--quota: must be a whole number'],
    [{ polls: 'x' }, '--polls: must be a whole number'],
    [{ pollers: '1' }, '--pollers: must be a whole number from 2 to 2000, got "1"'],
    [{ seed: '' }, '--seed: must be a whole number'],
    [{ way: 'slow' }, '--way: must be sync, queued, direct, got "slow"'],
    [{ faults: '{"decline":2}' }, '--faults: decline must be a number from 0 to 1'],
    [{ faults: '{"by_item":true}' }, '--faults: a plan knows neither items nor moments'],
    [{ 'done-within': 'soon' }, '--done-within: must be a time'],
    [{ 'done-within': '60s', workers: '3' }, '--workers: is what --done-within finds'],
    [{ 'done-within': '60s', way: 'sync' }, '--done-within: finds workers of the queued way'],
  ])('refuses %j in one line', async (options, line) => {
    const { exitCode, out, told } = await plan(options as Record<string, string>);

    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(told.split('\n')).toHaveLength(1);
    expect(told).toContain(line);
  });
});
