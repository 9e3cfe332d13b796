import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { keepParsed, type Parser } from './parsedExpressions.ts';

interface Request {
  text: string;
  names?: Record<string, string>;
  values?: Record<string, Record<string, unknown>>;
}

const ofDynalite = createRequire(import.meta.resolve('dynalite'));
const NAMES = { '#a': 'status', '#b': 'free' };
const TEXTS: Record<string, string[]> = {
  conditionParser: [
    'attribute_not_exists(order_id)',
    'attribute_exists(#a) AND NOT #b = :x',
    '#a = :x OR (#b < :y AND begins_with(#a, :x))',
    '#a.#b[1].deep <> :x',
    '#a IN (:x, :y)',
    'size(#a) > :y',
    'contains(#a, :x)',
    ':x = #a',
    '#b BETWEEN :x AND :y',
    'attribute_type(#a, :x)',
    // Wrong, each in a way of its own.
    '#a = :unknown',
    '#unknown = :x',
    'status = :x',
    '((#a = :x))',
    '#a = ',
    'begins_with(#a)',
    'unheard_of(#a)',
  ],
  updateParser: [
    'SET #a = :x',
    'SET #a = if_not_exists(#a, :y) + :y, #b = :x',
    'SET #a = list_append(#a, :x)',
    'SET #a.#b = :x REMOVE #b ADD order_id :y',
    'ADD #b :y',
    'DELETE #b :x',
    'SET #a = :x, #a = :y',
    'SET #a = :unknown',
    'SET #a + :x',
  ],
};
const VALUES = [
  { ':x': { S: 'one' }, ':y': { N: '1' } },
  { ':x': { S: 'two' }, ':y': { N: '2' } },
  { ':x': { S: 'S' }, ':y': { S: 'R' } },
  { ':x': { L: [{ S: 'one' }] }, ':y': { N: '3' } },
  { ':x': { SS: ['one'] }, ':y': { N: '4' } },
  { ':x': { M: { type: { S: 'function' } } }, ':y': { N: '5' } },
];

const OF_DATABASE = { isReserved: (name: string) => name === 'status', compare: () => false };

function plain(name: string): Parser {
  const file = ofDynalite.resolve(`dynalite/db/${name}.js`);
  delete ofDynalite.cache[file];
  return ofDynalite(file) as Parser;
}

const unused = (named: object) =>
  Object.fromEntries(Object.keys(named).map((name) => [name, true]));

/** What a parser gives, or throws, and what it has left unused. */
function answerOf(parser: Parser, { text, names = NAMES, values = VALUES[0] ?? {} }: Request) {
  const context = {
    ...{ attrNames: names, attrVals: values },
    ...{ unusedAttrNames: unused(names), unusedAttrVals: unused(values) },
    ...OF_DATABASE,
  } as Parameters<Parser['parse']>[1]['context'];
  try {
    return { result: parser.parse(text, { context }), context };
  } catch (error) {
    return { error: String(error), context };
  }
}

describe.each(Object.entries(TEXTS))('the %s of dynalite, kept', (name, texts) => {
  it('answers as it does anew, with whichever values and names', () => {
    const [anew, kept] = [plain(name), plain(name)];
    keepParsed(kept);
    const requests = [...VALUES, ...VALUES].flatMap((values) =>
      texts.flatMap((text) => [
        { text, values },
        { text, values, names: { '#a': 'other', '#b': 'free', '#c': 'unused' } },
      ]),
    );
    for (const request of requests)
      expect(answerOf(kept, request)).toEqual(answerOf(anew, request));
  });

  it('gives each request a result of its own, with its own values', () => {
    const kept = plain(name);
    keepParsed(kept);
    const [text = ''] = texts.filter((each) => each.includes(':x'));
    const values = { ':x': { S: 'mine' }, ':y': { N: '1' } };
    const first = answerOf(kept, { text });
    const second = answerOf(kept, { text, values });
    expect(JSON.stringify(second.result)).toContain('mine');
    Object.assign(second.result as object, { expression: null, sections: null });
    expect(answerOf(kept, { text }).result).toEqual(first.result);
  });

  it('parses a text once for values of the same types', () => {
    const parser = plain(name);
    let parsed = 0;
    const { parse } = parser;
    parser.parse = (text, options) => {
      parsed += 1;
      return parse(text, options);
    };
    keepParsed(parser);
    const [text = ''] = texts.filter((each) => each.includes(':x'));
    for (const values of VALUES.slice(0, 2)) answerOf(parser, { text, values });
    expect(parsed).toBe(1);
  });
});
