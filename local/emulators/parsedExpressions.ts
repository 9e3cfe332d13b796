type Values = Record<string, Record<string, unknown>>;

/** What dynalite hands its parsers beside a text: of a request, with what none of its expressions has used yet. */
interface Context {
  attrNames?: Record<string, string>;
  attrVals?: Values;
  unusedAttrNames: Record<string, true>;
  unusedAttrVals: Record<string, true>;
}

export interface Parser {
  parse(text: string, options: { context: Context }): unknown;
}

interface Parsed {
  result: unknown;
  /** Of what stands in the result for a value, the value's name. */
  places: Map<unknown, string>;
  usedNames: string[];
  usedValues: string[];
}

/** More than a service has, even one that writes some of its expressions as it goes. */
const MOST_KEPT = 1_000;
/** What is right with some values of a type and wrong with others. */
const DEPENDS_ON_VALUES = /between|attribute_type/i;

/**
 * Has a parser take each expression apart once: with the same names, and values of the same types, the result differs in
 * the values alone. A text costs it 0.1 ms for each function in it, a seventh of what an order costs the tables.
 */
export function keepParsed(parser: Parser): void {
  const { parse } = parser;
  const kept = new Map<string, Parsed>();
  parser.parse = (text, options) => {
    if (DEPENDS_ON_VALUES.test(text)) return parse(text, options);
    const { context } = options;
    const key = keyOf(text, context);
    const known = kept.get(key);
    const parsed = known ?? parseAlone(text, context, parse);
    if (known === undefined) {
      if (kept.size === MOST_KEPT) kept.clear();
      kept.set(key, parsed);
    }
    for (const name of parsed.usedNames) delete context.unusedAttrNames[name];
    for (const name of parsed.usedValues) delete context.unusedAttrVals[name];
    return copyOf(parsed.result, (part) => {
      const name = parsed.places.get(part);
      return name === undefined ? undefined : context.attrVals?.[name];
    });
  };
}

function keyOf(text: string, { attrNames = {}, attrVals = {} }: Context): string {
  const types = Object.entries(attrVals).map(([name, value]) => [name, Object.keys(value)]);
  return JSON.stringify([text, attrNames, types]);
}

/** As if it were the only expression of its request, with values that are a type alone; throws what the parser throws. */
function parseAlone(text: string, context: Context, parse: Parser['parse']): Parsed {
  const { attrNames = {} } = context;
  const attrVals = Object.fromEntries(
    Object.entries(context.attrVals ?? {}).map(([name, value]) => [name, typeAlone(value)]),
  );
  const alone = {
    ...context,
    attrVals,
    unusedAttrNames: unusedOf(attrNames),
    unusedAttrVals: unusedOf(attrVals),
  };
  return {
    result: parse(text, { context: alone }),
    places: new Map(Object.entries(attrVals).map(([name, value]) => [value, name])),
    usedNames: Object.keys(attrNames).filter((name) => !(name in alone.unusedAttrNames)),
    usedValues: Object.keys(attrVals).filter((name) => !(name in alone.unusedAttrVals)),
  };
}

const typeAlone = (value: object) =>
  Object.fromEntries(Object.keys(value).map((type) => [type, '']));

const unusedOf = (named: object): Record<string, true> =>
  Object.fromEntries(Object.keys(named).map((name) => [name, true as const]));

/** dynalite writes into some of what it gets. */
function copyOf(part: unknown, valueFor: (part: object) => unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const value = valueFor(part);
  if (value !== undefined) return value;
  if (Array.isArray(part)) return part.map((each) => copyOf(each, valueFor));
  const copy = Object.create(Object.getPrototypeOf(part)) as Record<string, unknown>;
  for (const [key, each] of Object.entries(part)) copy[key] = copyOf(each, valueFor);
  return copy;
}
