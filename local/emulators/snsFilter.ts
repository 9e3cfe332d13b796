import { BlockList, isIP } from 'node:net';
import { isObject, parseJson } from '../../common/json.ts';
import {
  type Dialect,
  type Pattern,
  PatternFault,
  patternTest,
  type Test,
} from '../lambda/eventSourceMappings/pattern.ts';
import {
  exclusion,
  LAMBDA_RULES,
  type Rule,
  type RuleMakers,
} from '../lambda/eventSourceMappings/patternRules.ts';

export interface SnsAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: string;
}

type Scope = 'MessageAttributes' | 'MessageBody';

const { prefix, suffix, 'equals-ignore-case': equals } = LAMBDA_RULES as Required<RuleMakers>;
const wildcard = (operand: unknown): Rule | undefined => {
  if (typeof operand !== 'string' || operand.includes('**')) return undefined;
  const parts = operand.split('*').map((part) => RegExp.escape(part));
  const whole = new RegExp(`^${parts.join('.*')}$`, 's');
  return { test: (value) => typeof value === 'string' && whole.test(value) };
};
const ofText =
  (make: RuleMakers[string] | undefined): RuleMakers[string] =>
  (operand) =>
    typeof operand === 'string' ? make?.(operand) : undefined;

/** https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html */
const RULES: RuleMakers = {
  ...LAMBDA_RULES,
  prefix: ofText(prefix),
  suffix: ofText(suffix),
  wildcard,
  cidr: network,
  'anything-but': exclusion({
    prefix: ofText(prefix),
    suffix: ofText(suffix),
    wildcard,
    ...(equals && { 'equals-ignore-case': equals }),
  }),
};
const DIALECTS: Record<Scope, Dialect> = {
  MessageAttributes: { rules: RULES, excludesLists: true },
  MessageBody: { rules: RULES },
};
/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MOST_KEYS = 5;
const MOST_COMBINATIONS = 150;

/** `10.0.0.0/24`: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html#string-address-matching */
function network(operand: unknown): Rule | undefined {
  const [, address = '', bits] = /^([^/]+)\/(\d+)$/.exec(String(operand)) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return {
    test: (value) =>
      typeof value === 'string' &&
      isIP(value) === family &&
      list.check(value, family === 4 ? 'ipv4' : 'ipv6'),
  };
}

const tests = new Map<string, Test>();

/** The test of a filter policy; throws for one that SNS refuses. */
function policyTest(policy: string, scope: Scope): Test {
  const key = `${scope} ${policy}`;
  const known = tests.get(key) ?? patternTest(parseJson(policy), '', DIALECTS[scope]);
  tests.set(key, known);
  return known;
}

/** Of each list its length, times the levels above it. */
function combinationsOf(policy: Pattern, level: number): number {
  return Object.values(policy).reduce<number>((product, value) => {
    if (isObject(value)) return product * combinationsOf(value, level + 1);
    return Array.isArray(value) ? product * value.length * level : product;
  }, 1);
}

/** What SNS would say against a filter policy, or undefined. */
export function policyFault(policy: string, scope: Scope): string | undefined {
  const parsed = parseJson(policy);
  if (!isObject(parsed)) return 'it is not the JSON text of an object';
  const keys = Object.keys(parsed);
  if (keys.length === 0) return undefined;
  if (keys.length > MOST_KEYS) return `it can not have more than ${MOST_KEYS} keys`;
  if (scope === 'MessageAttributes' && keys.some((key) => isObject(parsed[key])))
    return 'the scope MessageAttributes does not support a nested policy';
  const combinations = combinationsOf(parsed, 1);
  if (combinations > MOST_COMBINATIONS)
    return `its values make ${combinations} combinations, and ${MOST_COMBINATIONS} are taken`;
  try {
    policyTest(policy, scope);
    return undefined;
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html */
export function isDelivered(
  { FilterPolicy: policy, FilterPolicyScope: scope }: Partial<Record<string, string>>,
  message: string,
  attributes: Record<string, SnsAttribute>,
): boolean {
  if (policy === undefined || policy === '' || policy === '{}') return true;
  if (scope === 'MessageBody') {
    const body = parseJson(message);
    return isObject(body) && policyTest(policy, scope)(body);
  }
  const entries = Object.entries(attributes);
  // https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html: no attribute at all matches nothing.
  if (entries.length === 0) return false;
  const values = entries.map(([name, attribute]) => [name, attributeValue(attribute)]);
  return policyTest(policy, 'MessageAttributes')(Object.fromEntries(values) as Pattern);
}

/** Of a value that is there and that no rule but `exists` looks into. */
const OPAQUE = Symbol('opaque');

function attributeValue({ DataType: type, StringValue: text = '' }: SnsAttribute): unknown {
  if (/^Number(\.|$)/.test(type)) return Number(text);
  if (type === 'String.Array') {
    const list = parseJson(text);
    return Array.isArray(list) ? list : OPAQUE;
  }
  return type.startsWith('String') ? text : OPAQUE;
}
