/** An attribute as DynamoDB writes it: `{ S: 'text' }`, `{ N: '1' }`. */
export type Attribute = Record<string, unknown>;
export type Item = Record<string, Attribute>;

/** What the placeholders of an expression stand for. */
export interface Placeholders {
  names: Record<string, string>;
  values: Item;
}

export type Condition = (item: Item, placeholders: Placeholders) => boolean;
export type Change = (item: Item, placeholders: Placeholders) => void;
/** Names and placeholders of names, from the outside in. */
type Path = string[];
type Operand = (item: Item, placeholders: Placeholders) => Attribute | undefined;

const TOKEN = /[:#]?\w+|<=|>=|<>|[=<>(),.+-]/g;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html, as far as this project writes it. */
class Parser {
  readonly #text: string;
  readonly #tokens: string[];

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.match(TOKEN) ?? [];
  }

  condition(): Condition {
    const alternatives = [this.#conjunction()];
    while (this.#takes('OR')) alternatives.push(this.#conjunction());
    return (item, placeholders) => alternatives.some((holds) => holds(item, placeholders));
  }

  whole<T>(parsed: T): T {
    if (this.#tokens.length > 0) throw this.#fault();
    return parsed;
  }

  changes(): Change[] {
    const changes: Change[] = [];
    while (this.#tokens.length > 0) {
      const keyword = this.#next();
      do changes.push(this.#change(keyword));
      while (this.#takes(','));
    }
    return changes;
  }

  #change(keyword: string): Change {
    const path = this.#path();
    if (keyword === 'REMOVE') return (item, holders) => put(item, path, holders, undefined);
    if (keyword === 'SET') {
      this.#expect('=');
      const value = this.#operand();
      return (item, holders) => put(item, path, holders, value(item, holders));
    }
    if (keyword !== 'ADD') throw this.#fault();
    const value = this.#operand();
    return (item, holders) => {
      const [before, more] = [at(item, path, holders), value(item, holders)];
      put(item, path, holders, { N: String(Number(before?.N ?? 0) + Number(more?.N)) });
    };
  }

  #conjunction(): Condition {
    const all = [this.#term()];
    while (this.#takes('AND')) all.push(this.#term());
    return (item, placeholders) => all.every((holds) => holds(item, placeholders));
  }

  #term(): Condition {
    if (this.#takes('(')) {
      const inner = this.condition();
      this.#expect(')');
      return inner;
    }
    const [first = ''] = this.#tokens;
    if (first.startsWith('attribute_')) return this.#existence(this.#next());
    const left = this.#operand();
    return this.#comparison(left, this.#next());
  }

  #existence(name: string): Condition {
    this.#expect('(');
    const path = this.#path();
    this.#expect(')');
    if (name !== 'attribute_exists' && name !== 'attribute_not_exists') throw this.#fault();
    const isWanted = name === 'attribute_exists';
    return (item, holders) => (at(item, path, holders) !== undefined) === isWanted;
  }

  #comparison(left: Operand, operator: string): Condition {
    const low = this.#operand();
    if (operator === 'BETWEEN') {
      this.#expect('AND');
      const high = this.#operand();
      return (item, holders) => {
        const value = left(item, holders);
        return (
          compare(value, low(item, holders), '>=') && compare(value, high(item, holders), '<=')
        );
      };
    }
    if (!(operator in COMPARISONS)) throw this.#fault();
    return (item, holders) => compare(left(item, holders), low(item, holders), operator);
  }

  #operand(): Operand {
    if (this.#tokens[0]?.startsWith(':')) {
      const name = this.#next();
      return (_, { values }) => values[name];
    }
    const path = this.#path();
    return (item, holders) => at(item, path, holders);
  }

  #path(): Path {
    const parts = [this.#next()];
    while (this.#takes('.')) parts.push(this.#next());
    return parts;
  }

  #next(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw this.#fault();
    return token;
  }

  #takes(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw this.#fault();
  }

  #fault(): Error {
    const rest = this.#tokens.join(' ') || 'its end';
    return new Error(`The simulated tables do not know the expression ${this.#text}, at ${rest}`);
  }
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Values of two types, or a value and none, are only ever unequal. */
function compare(
  left: Attribute | undefined,
  right: Attribute | undefined,
  operator: string,
): boolean {
  const type = typeOf(left);
  const [value, other] = [left?.[type], right?.[type]];
  if (value === undefined || other === undefined) return operator === '<>';
  return COMPARISONS[operator]?.(order(type, value, other)) ?? false;
}

function order(type: string, value: unknown, other: unknown): number {
  if (type === 'N') return Number(value) - Number(other);
  const [one, two] = type === 'S' ? [value, other] : [JSON.stringify(value), JSON.stringify(other)];
  if (one === two) return 0;
  return String(one) < String(two) ? -1 : 1;
}

const membersOf = (attribute: Attribute | undefined): Item | undefined =>
  attribute?.M as Item | undefined;

const nameOf = (path: Path, depth: number, { names }: Placeholders): string => {
  const name = path[depth] ?? '';
  return names[name] ?? name;
};

function at(item: Item, path: Path, holders: Placeholders): Attribute | undefined {
  let found = item[nameOf(path, 0, holders)];
  for (let depth = 1; depth < path.length; depth += 1)
    found = membersOf(found)?.[nameOf(path, depth, holders)];
  return found;
}

/** The item itself is changed, what stands inside its attributes never is. */
function put(
  item: Item,
  path: Path,
  holders: Placeholders,
  value: Attribute | undefined,
  depth = 0,
): void {
  const name = nameOf(path, depth, holders);
  if (depth + 1 < path.length) {
    const inner = { ...membersOf(item[name]) };
    put(inner, path, holders, value, depth + 1);
    item[name] = { M: inner };
  } else if (value === undefined) delete item[name];
  else item[name] = value;
}

function typeOf(attribute: Attribute | undefined): string {
  for (const type in attribute) return type;
  return '';
}

/** An attribute's value, whatever its type. */
export const textOf = (attribute: Attribute | undefined): string =>
  String(attribute?.S ?? attribute?.[typeOf(attribute)] ?? '');

const conditions = new Map<string, Condition>();
const updates = new Map<string, Change[]>();

export function conditionOf(text: string): Condition {
  let known = conditions.get(text);
  if (known === undefined) {
    const parser = new Parser(text);
    known = parser.whole(parser.condition());
    conditions.set(text, known);
  }
  return known;
}

export function changesOf(text: string): Change[] {
  const known = updates.get(text) ?? new Parser(text).changes();
  updates.set(text, known);
  return known;
}
