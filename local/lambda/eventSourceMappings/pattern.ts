import { isObject } from '../../../common/json.ts';
import { LAMBDA_RULES, type Rule, type RuleMakers } from './patternRules.ts';

/** Says what is wrong with a pattern, and where. */
export class PatternFault extends Error {}

export type Pattern = Record<string, unknown>;
export type Test = (value: unknown) => boolean;

/** What services that match by patterns do not have in common. */
export interface Dialect {
  rules: RuleMakers;
  /** Of a list, `anything-but` takes what holds none of its values, not what holds some other one. */
  excludesLists?: boolean;
}

const LAMBDA: Dialect = { rules: LAMBDA_RULES };

/** The rules of each field that has to match, by the field's path. `$or` makes several such conditions of one. */
type Condition = Map<string, Rule[]>;

/** A value that is not an object or a list, with the place it has in each list above it. */
interface Leaf {
  value: unknown;
  places: Map<string, number>;
}

/**
 * The test of a pattern, as Event Ruler makes it: names and nesting are the same ("a.b" is b of a), a list matches by
 * any of its items however deep, and what is asked of several fields of a list's item holds for one item.
 * Throws for a pattern that AWS refuses. https://github.com/aws/event-ruler#json-array-matching
 */
export function patternTest(pattern: unknown, path = '', dialect = LAMBDA): Test {
  const conditions = conditionsOf(pattern, { shown: path, path: '', dialect });
  return (value) => {
    const leaves = new Map<string, Leaf[]>();
    collect(value, '', new Map(), leaves);
    return conditions.some((condition) => holds([...condition], leaves, new Map(), dialect));
  };
}

interface Place {
  /** For messages. */
  shown: string;
  path: string;
  dialect: Dialect;
}

function conditionsOf(pattern: unknown, place: Place): Condition[] {
  const what = place.shown || 'the pattern';
  if (!isObject(pattern)) throw new PatternFault(`${what} is not an object`);
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new PatternFault(`${what} names no field`);
  return fields.reduce<Condition[]>(
    (conditions, [key, expected]) => {
      const ofField = fieldConditions(key, expected, place);
      return conditions.flatMap((left) =>
        ofField.map((right) => new Map<string, Rule[]>([...left, ...right])),
      );
    },
    [new Map()],
  );
}

function fieldConditions(key: string, expected: unknown, place: Place): Condition[] {
  const { path, shown, dialect } = place;
  const at = { shown: joined(shown, key), path: joined(path, key), dialect };
  if (key === '$or') {
    if (!Array.isArray(expected) || expected.length < 2)
      throw new PatternFault(`${at.shown} is not a list of two or more patterns`);
    return expected.flatMap((alternative) =>
      conditionsOf(alternative, { ...place, shown: at.shown }),
    );
  }
  if (isObject(expected)) return conditionsOf(expected, at);
  return [new Map([[at.path, rulesOf(expected, at)]])];
}

/** A list of accepted values and rules. */
function rulesOf(expected: unknown, { shown, dialect }: Place): Rule[] {
  if (!Array.isArray(expected)) throw new PatternFault(`${shown} is not a list`);
  if (expected.length === 0) throw new PatternFault(`${shown} is an empty list`);
  return expected.map((rule) => {
    if (Array.isArray(rule)) throw new PatternFault(`${shown} holds a list in a list`);
    if (!isObject(rule)) return { test: (value) => value === rule };
    const [[name, operand] = [''], ...others] = Object.entries(rule);
    const text = JSON.stringify(rule);
    if (others.length > 0 || !Object.hasOwn(dialect.rules, name))
      throw new PatternFault(`${shown} holds a rule that is not known: ${text}`);
    const made = dialect.rules[name]?.(operand);
    if (made) return made;
    throw new PatternFault(`${shown} holds a rule with a wrong value: ${text}`);
  });
}

const joined = (parent: string, key: string) => (parent === '' ? key : `${parent}.${key}`);

function collect(
  value: unknown,
  path: string,
  places: Leaf['places'],
  leaves: Map<string, Leaf[]>,
): void {
  if (Array.isArray(value)) {
    const list = `${path}#${[...places.values()].join()}`;
    for (const [index, item] of value.entries())
      collect(item, path, new Map([...places, [list, index]]), leaves);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value))
      collect(item, joined(path, key), places, leaves);
  } else if (value !== undefined) {
    const known = leaves.get(path);
    if (known) known.push({ value, places });
    else leaves.set(path, [{ value, places }]);
  }
}

/** Whether there is one leaf for each field so that no two of them are of different items of a list. */
function holds(
  [first, ...rest]: [string, Rule[]][],
  leaves: Map<string, Leaf[]>,
  places: Leaf['places'],
  dialect: Dialect,
): boolean {
  if (!first) return true;
  const [path, rules] = first;
  const found = leaves.get(path) ?? [];
  const next = (of: Leaf['places']) => holds(rest, leaves, new Map([...places, ...of]), dialect);
  if (found.length === 0) return rules.some(({ isAbsence }) => isAbsence) && next(new Map());
  const takes = ({ test, isAbsence, isExclusion }: Rule, { value }: Leaf) =>
    !isAbsence &&
    (isExclusion && dialect.excludesLists ? found.every((leaf) => test(leaf.value)) : test(value));
  return found.some(
    (leaf) =>
      [...leaf.places].every(([list, index]) => (places.get(list) ?? index) === index) &&
      rules.some((rule) => takes(rule, leaf)) &&
      next(leaf.places),
  );
}
