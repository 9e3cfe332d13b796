import { beforeAll, describe, expect, it } from '@jest/globals';
import { resultsSchema } from '../../contracts/saleResults.ts';
import { syntheticRun } from '../testing/syntheticRun.ts';
import { markdownSummary } from './markdownSummary.ts';
import { renderReport } from './reportPage.ts';
import { saleSlide } from './slide.ts';
import { claimsTable } from './terminalTable.ts';

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
/** The page without the bundled chart library. */
const markup = (page: string): string => page.slice(0, page.lastIndexOf('<script>'));

describe('the report', () => {
  let page: string;

  beforeAll(async () => {
    page = await renderReport(syntheticRun({ failing: 0.1 }));
  });

  it('shows every claim with its verdict', () => {
    expect(count(page, /id="claim-\d+"/g)).toBe(10);
    expect(page.includes('✗ does not hold')).toBe(true);
    expect(page.includes('≠ does not follow')).toBe(true);
  });

  it('opens with the ways compared and the queue under one worker and enough', () => {
    const text = markup(page);
    const rows = [...text.matchAll(/<th scope="row">(The buyer|A queue|SNS)[^<]*/g)];

    expect(rows.map(([, way]) => way)).toEqual(['The buyer', 'A queue', 'A queue', 'SNS']);
    expect(text.indexOf('id="what"')).toBeLessThan(text.indexOf('id="claims"'));
    expect(text).toMatch(/aria-label="1 worker: up to [\d,]+; 20 workers: up to [\d,]+ orders"/);
  });

  it('is also a picture for a slide, which is well-formed and holds the same figures', () => {
    const slide = saleSlide(syntheticRun());

    expect(slide).toMatch(/^<svg xmlns[\s\S]*<\/svg>\n$/);
    expect(slide).not.toMatch(/<figure|undefined|NaN/);
    expect(count(slide, /<polyline/g)).toBe(2);
    expect(slide).toContain('A queue, enough workers (20)');
  });

  it('has a table for every chart', () => {
    const charts = count(page, /data-chart="\d+"/g);

    expect(charts).toBeGreaterThan(15);
    expect(count(page, /<summary>Table: /g)).toBe(charts);
  });

  it('loads nothing and may load nothing', () => {
    expect(page.includes('default-src &#39;none&#39;')).toBe(true);
    expect(count(markup(page), /(src|href)=(?!"#)|@import|url\(/g)).toBe(0);
  });

  it("escapes what came from outside, in the page and in the charts' data", () => {
    expect(page.includes('unexpected status 500: &lt;Internal&gt;')).toBe(true);
    expect(markup(page).includes('<Internal>')).toBe(false);
  });

  it('puts an older run beside the new one', async () => {
    const compared = await renderReport(syntheticRun({ syncSlots: 6 }), syntheticRun());

    expect(compared.includes('before: holds')).toBe(true);
    expect(count(compared, /class="before">before \d+ %/g)).toBe(4);
    expect(count(compared, /✗ 6<[\s\S]*?at most 5<[\s\S]*?class="before">5</g)).toBe(1);
  });

  it('puts the circumstances of an older run beside those of the new one', async () => {
    const older = syntheticRun();
    older.settings.command = 'npm run sale -- --seed 7';
    older.settings.machine.cpus = 64;

    const compared = await renderReport(syntheticRun(), older);

    expect(compared.includes('before: <code>npm run sale -- --seed 7')).toBe(true);
    expect(compared.includes('before: 64 cores, Example, 4 GB, linux x64')).toBe(true);
    expect(markup(page).includes('before: ')).toBe(false);
  });

  it('knows the parameters of a service of its own alone', async () => {
    const run = syntheticRun();
    expect(page.includes('none, all as in the manifest')).toBe(true);

    run.settings.target.kind = 'aws';

    const text = await renderReport(run);
    expect(text.includes('none, all as in the manifest')).toBe(false);
    expect(text.includes('not known')).toBe(true);
  });

  it('has count and longest beside every percentile', () => {
    const heads = [...page.matchAll(/<th scope="col">p99<\/th>(.*?)<\/tr>/g)];

    expect(heads.length).toBeGreaterThan(2);
    expect(
      heads.every(([, rest]) => rest === '<th scope="col">max</th><th scope="col">count</th>'),
    ).toBe(true);
    expect(count(page, /order to end, max/g)).toBe(count(page, /order to end, p95/g));
  });

  it('says what broke a run, and shows the phases until then', async () => {
    const { phases, ...run } = syntheticRun();
    const broken = {
      ...run,
      phases: phases.slice(0, 3),
      broken: { phase: '1b', reason: 'the service is gone' },
    };

    const text = await renderReport(broken);

    expect(text.includes('The run broke in phase 1b: the service is gone')).toBe(true);
  });
});

describe('results.json', () => {
  it('survives being written and read', () => {
    const run = syntheticRun();

    expect(resultsSchema.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  });
});

describe('the summary for a pull request', () => {
  it('names the claims that do not hold, beside an older run', () => {
    const text = markdownSummary(syntheticRun({ syncSlots: 6 }), syntheticRun());

    expect(text).toContain('Claims that do not hold: 2.');
    expect(text).toMatch(/\| 2 \| Sync, 20 users.*\| does not hold \| holds: /);
  });
});

describe('the table on the terminal', () => {
  it('marks the figure that failed, and nothing in a claim that decides nothing', () => {
    const text = claimsTable(syntheticRun({ syncSlots: 6 }), process.stdout);

    expect(text).toContain('✗ most payments at a time: 6 (at most 5)');
    expect(text).toContain('  Most payments at a time: 6 instead of at most 5.');
    expect(text).toContain('  growth = arrivals - 10/3 s');
    expect(text).toContain('  One worker takes ten payments at a time');
    expect(text).toContain('  completed a second, under the sale: 62.5/s');
  });
});
