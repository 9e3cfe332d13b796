import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
/** What else looks like a path belongs to somebody else: packages, folders that a command makes. */
const PARTS = [
  'common',
  'console',
  'contracts',
  'docs',
  'functions',
  'lib',
  'loadtest',
  'local',
  'ops',
  'simulation',
  'test',
];
const documents = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `docs/${name}`),
];

/** As GitHub makes them. */
const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('The README', () => {
  it.each([
    'plug in a payment provider',
    'deploy to production',
    'how many workers',
    'dead letters',
    'a service of your own',
    'export orders',
    "change an order's fields",
    'call the API',
    'fail on purpose',
    'what it does not do',
  ])('leads in one step to: %s', (question) => {
    const row = read('README.md')
      .split('\n')
      .find((line) => line.startsWith('|') && line.includes(question));

    expect(row).toMatch(/\]\([^)]+\)/);
  });
});

describe.each(documents)('%s', (document) => {
  it('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);

    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files that are there', () => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to = '']) => to);
    const folder = path.join(ROOT, path.dirname(document));

    expect(links.filter((to) => !existsSync(path.resolve(folder, to)))).toEqual([]);
  });

  it('links only to headings that are there', () => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const folder = path.dirname(document);
    const missing = links.filter(([, to = '', anchor = '']) => {
      const file = to === '' ? document : path.join(folder, to);
      return !headingsOf(read(file)).includes(anchor);
    });

    expect(missing.map(([link]) => link)).toEqual([]);
  });

  it('names only files and folders that are there', () => {
    const named = [...read(document).matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => PARTS.includes(name.split('/', 1)[0] ?? ''));

    expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
  });
});
