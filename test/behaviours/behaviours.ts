import path from 'node:path';
import type { TestResult } from '@jest/reporters';
import { sourceOf } from './source.ts';

/** A rule of AWS that a test holds; several examples of one rule are one behaviour. */
export interface Behaviour {
  /** From the root of the repository. */
  file: string;
  line: number;
  subject: string;
  sentence: string;
  examples: number;
  source: string | undefined;
}

/** The behaviours that one file of tests holds, in its order. */
export function behavioursOf({ testFilePath, testResults }: TestResult, text: string): Behaviour[] {
  const found = new Map<number, Behaviour>();
  for (const { location, ancestorTitles, title } of testResults) {
    const line = location?.line ?? 0;
    const known = found.get(line);
    if (known) known.examples += 1;
    else
      found.set(line, {
        file: path.relative(process.cwd(), testFilePath),
        line,
        subject: ancestorTitles.join(' '),
        sentence: title,
        examples: 1,
        source: sourceOf(text, line),
      });
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

const HEAD = `# What behaves as on AWS

Each sentence is a test of the file above it, and links to the source of its rule. Written by
\`npm run test:behaviours -- -u\`.
`;

/** The page of all behaviours, in Markdown. */
export function renderPage(behaviours: Behaviour[]): string {
  const files = Object.groupBy(behaviours, ({ file }) => file);
  const sections = Object.keys(files)
    .sort()
    .map((file) => `## [${file}](../${file})\n\n${(files[file] ?? []).map(item).join('\n')}\n`);
  return [HEAD, ...sections].join('\n');
}

function item({ subject, sentence, examples, source = '' }: Behaviour): string {
  const more = examples > 1 ? ` (and ${examples - 1} more like it)` : '';
  const text = `${subject} ${sentence}${more}`.trim().replace(/[\\`*_{}[\]<>|]/g, '\\$&');
  return `- ${text} [↗](${source})`;
}
