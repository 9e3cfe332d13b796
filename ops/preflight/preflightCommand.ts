import { UsageError } from '../../common/usageError.ts';
import { type Account, readAccount } from './account.ts';
import type { Template } from './compiledTemplate.ts';
import { judge, RULES, readSettings, ruleNamed, stopping, type Verdict } from './judge.ts';
import type { Rule } from './rule.ts';

export interface PreflightOptions {
  list?: boolean;
  explain?: string;
  json?: boolean;
}

const ID_WIDTH = Math.max(...RULES.map(({ id }) => id.length)) + 2;

/** What needs no template; undefined where the command is to judge one. */
export function tellRules({ list, explain, json }: PreflightOptions): string | undefined {
  if (list === true)
    return json === true
      ? asJson(RULES.map(described))
      : RULES.map(
          ({ id, severity, demands }) => `${id.padEnd(ID_WIDTH)}${severity.padEnd(9)}${demands}`,
        )
          .concat('')
          .join('\n');
  if (explain === undefined) return undefined;
  const rule = ruleNamed(explain);
  if (rule === undefined)
    throw new UsageError(`--explain: there is no rule ${explain}; see sls preflight --list`);
  return json === true ? asJson(described(rule)) : explanation(rule);
}

/** Holds a template, and the account it goes to, against the rules: what to print, and whether it may be deployed. */
export async function preflight(
  template: Template,
  { settings, region, tell }: { settings: unknown; region: string; tell: (text: string) => void },
  { json }: PreflightOptions = {},
) {
  const read = readSettings(settings);
  const verdicts = judge(template, read, await askAccount(template, region, tell));
  const stops = stopping(verdicts).length;
  const text = json === true ? asJson(verdicts.map(toJson)) : report(verdicts, stops);
  return { isGood: stops === 0, text };
}

async function askAccount(
  template: Template,
  region: string,
  tell: (text: string) => void,
): Promise<Account | undefined> {
  try {
    const account = await readAccount(template, region);
    tell(`preflight: the account has ${account.quota} executions in ${region}`);
    return account;
  } catch (error) {
    const { name, message } = error as Error;
    tell(`preflight: the account was not asked, and no rule about it: ${name}: ${message}`);
    return undefined;
  }
}

function report(verdicts: Verdict[], stops: number): string {
  const lines = verdicts
    .filter(({ suppressed }) => suppressed === undefined)
    .map(
      ({ rule, resource, found }) =>
        `${rule.severity} ${rule.id}: ${resource} ${found}\n  costs: ${rule.costs}\n  way out: ${rule.wayOut}`,
    );
  const warned = lines.length - stops;
  const suppressed = verdicts.length - lines.length;
  return [
    ...lines,
    `preflight: ${RULES.length} rules, ${stops} errors, ${warned} warnings, ${suppressed} suppressed`,
    '',
  ].join('\n');
}

const explanation = (rule: Rule): string =>
  [
    `${rule.id} (${rule.severity}): ${rule.demands}`,
    `costs: ${rule.costs}`,
    `way out: ${rule.wayOut}`,
    `source: ${rule.source}`,
    `broken by: ${rule.fixture.at.join('.')} = ${JSON.stringify(rule.fixture.becomes) ?? 'nothing'}`,
    '',
  ].join('\n');

const described = ({ id, severity, demands, costs, wayOut, source, fixture }: Rule) => ({
  ...{ id, severity, demands, costs, wayOut, source, fixture },
});
const toJson = ({ rule, ...verdict }: Verdict) => ({
  ...{ rule: rule.id, severity: rule.severity, costs: rule.costs, wayOut: rule.wayOut },
  ...verdict,
});
const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
