import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';

const OUTPUT = path.resolve(import.meta.dirname, '../output/page');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** How far a page is wider than its window. */
export const overflowPx = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Words of plain text that a line break cuts in two. Ids and code may be cut. */
export const brokenWords = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const broken: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      if (text.parentElement?.closest('pre, code, .problem, .cause, .hidden, script, style, svg'))
        continue;
      for (const { index, 0: word } of (text.nodeValue ?? '').matchAll(/\S+/g)) {
        // Paths, ids and names of variables are no words.
        if (!/^[("]?\p{L}{2,30}[.,:;!?)"]*$/u.test(word)) continue;
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)));
        if (lines.size > 1) broken.push(word);
      }
    }
    return broken;
  });

/** What axe finds serious or critical. A page's policy lets no foreign script in, so it is put in from outside. */
export async function seriousViolations(page: Page): Promise<Violation[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run()')) as { violations: Violation[] };
  return found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/** Kept as the tests' output, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(OUTPUT, { recursive: true });
  await page.screenshot({ path: path.join(OUTPUT, `${name}.png`), fullPage: true });
}
