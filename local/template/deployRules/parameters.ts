import type { Parameter, Template } from '../resolve.ts';
import { oneOf, type Rule, written } from './rule.ts';

const between =
  (least: number, most: number, what: string): Rule =>
  (value) => {
    const size = what === '' ? Number(value) : String(value).length;
    return size >= least && size <= most ? undefined : `${least} to ${most}${what}`;
  };

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
export function parameterFaults(
  { Parameters = {} }: Template,
  given: Record<string, string> = {},
): string[] {
  const unknown = Object.keys(given).filter((name) => Parameters[name] === undefined);
  return [
    ...unknown.map((name) => `Parameters: there is none of the name ${name}`),
    ...Object.entries(Parameters).flatMap(([name, parameter]) =>
      valuesOf(parameter, given[name]).flatMap((value) =>
        rulesOf(parameter).flatMap((rule) => {
          const expected = rule(value);
          const text = JSON.stringify(value);
          return expected === undefined
            ? []
            : [`Parameters.${name} must be ${expected}, got ${text}`];
        }),
      ),
    ),
  ];
}

/** What is in the Parameter Store is bound by nothing here. */
function valuesOf({ Type: type = 'String', Default }: Parameter, given: unknown): unknown[] {
  const value = given ?? Default;
  if (value === undefined || type.startsWith('AWS::SSM::')) return [];
  const isList = /^(CommaDelimitedList|List<)/.test(type);
  return isList
    ? String(value)
        .split(',')
        .map((item) => item.trim())
    : [value];
}

/** Of a pattern of Java's that JavaScript does not know, nothing is checked: it says so of \A and \p{Alnum} with this flag alone. */
function matching(pattern: string): Rule[] {
  try {
    return [written(new RegExp(`^(?:${pattern})$`, 'u'), `of the form ${pattern}`)];
  } catch {
    return [];
  }
}

function rulesOf(parameter: Parameter): Rule[] {
  const { AllowedValues: allowed, AllowedPattern: pattern } = parameter;
  const {
    MinLength = 0,
    MaxLength = Infinity,
    MinValue = -Infinity,
    MaxValue = Infinity,
  } = parameter;
  return [
    ...(allowed === undefined ? [] : [oneOf(...allowed.map(String))]),
    ...(pattern === undefined ? [] : matching(pattern)),
    between(Number(MinLength), Number(MaxLength), ' characters long'),
    ...(parameter.Type === 'Number' ? [between(Number(MinValue), Number(MaxValue), '')] : []),
  ];
}
