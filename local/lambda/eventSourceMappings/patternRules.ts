import { isObject } from '../../../common/json.ts';

export interface Rule {
  test: (value: unknown) => boolean;
  /** Holds where the field is not there, and nowhere else. */
  isAbsence?: boolean;
  isExclusion?: boolean;
}

/** Each makes a rule of its operand, or undefined where it does not take that. */
export type RuleMakers = Record<string, (operand: unknown) => Rule | undefined>;

type TextTest = (value: string, operand: string) => boolean;

const isText = (value: unknown): value is string => typeof value === 'string';

const textRule =
  (test: TextTest, mayIgnoreCase = false) =>
  (operand: unknown): Rule | undefined => {
    if (isText(operand)) return { test: (value) => isText(value) && test(value, operand) };
    const caseless = isObject(operand) ? operand['equals-ignore-case'] : undefined;
    if (!mayIgnoreCase || !isText(caseless)) return undefined;
    const lower = caseless.toLowerCase();
    return { test: (value) => isText(value) && test(value.toLowerCase(), lower) };
  };

const equalsIgnoringCase: TextTest = (value, operand) =>
  value.toLowerCase() === operand.toLowerCase();
const startsWith: TextTest = (value, operand) => value.startsWith(operand);
const endsWith: TextTest = (value, operand) => value.endsWith(operand);

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax */
export const LAMBDA_RULES: RuleMakers = {
  exists: (operand) =>
    typeof operand === 'boolean' ? { test: () => operand, isAbsence: !operand } : undefined,
  prefix: textRule(startsWith, true),
  suffix: textRule(endsWith, true),
  'equals-ignore-case': textRule(equalsIgnoringCase),
  'anything-but': exclusion({
    prefix: textRule(startsWith),
    suffix: textRule(endsWith),
    'equals-ignore-case': textRule(equalsIgnoringCase),
  }),
  numeric: range,
};

/** What is neither one of several values of one type nor matched by another rule, whose text is not empty. */
export function exclusion(rules: RuleMakers): RuleMakers[string] {
  return (operand) => {
    if (isObject(operand)) {
      const [[name, of] = [''], ...others] = Object.entries(operand);
      const excluded = others.length === 0 && of !== '' && rules[name]?.(of);
      if (!excluded) return undefined;
      return { test: (value) => !excluded.test(value), isExclusion: true };
    }
    const excluded: unknown[] = Array.isArray(operand) ? operand : [operand];
    const types = new Set(excluded.map((item) => typeof item));
    if (types.size !== 1 || !(types.has('string') || types.has('number'))) return undefined;
    return { test: (value) => !excluded.includes(value), isExclusion: true };
  };
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching */
const LARGEST = 5e9;

/** `["=", 5]`, `["<", 5]` or `[">", 0, "<=", 5]`: the lower bound first, and below the upper one. */
function range(operand: unknown): Rule | undefined {
  if (!Array.isArray(operand)) return undefined;
  const [sign, bound, secondSign, secondBound] = operand as [string, number, string?, number?];
  const isOne = operand.length === 2 && Object.hasOwn(COMPARISONS, sign);
  const isRange = operand.length === 4 && /^>=?$/.test(sign) && /^<=?$/.test(String(secondSign));
  const bounds = [bound, ...(isRange ? [secondBound] : [])];
  const areNumbers = bounds.every((one) => typeof one === 'number' && Math.abs(one) <= LARGEST);
  if (!(isOne || isRange) || !areNumbers || (isRange && Number(secondBound) <= bound))
    return undefined;
  return {
    test: (value) =>
      typeof value === 'number' &&
      COMPARISONS[sign]?.(value, bound) === true &&
      (!isRange || COMPARISONS[String(secondSign)]?.(value, Number(secondBound)) === true),
  };
}
