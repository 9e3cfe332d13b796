import * as z from 'zod';
import { UsageError } from '../../common/usageError.ts';
import type { Account } from './account.ts';
import { CompiledTemplate, type Template } from './compiledTemplate.ts';
import type { Finding, Rule } from './rule.ts';
import { ACCOUNT_RULES } from './rules/accountRules.ts';
import { FUNCTION_RULES } from './rules/functionRules.ts';
import { GATEWAY_RULES } from './rules/gatewayRules.ts';
import { QUEUE_RULES } from './rules/queueRules.ts';
import { STORAGE_RULES } from './rules/storageRules.ts';
import { TOPIC_RULES } from './rules/topicRules.ts';

export const RULES: Rule[] = [
  ...QUEUE_RULES,
  ...TOPIC_RULES,
  ...FUNCTION_RULES,
  ...GATEWAY_RULES,
  ...STORAGE_RULES,
  ...ACCOUNT_RULES,
];

const settingsSchema = z.strictObject({
  ordersPerSecond: z.number().positive().default(60),
  /** The reason for each rule that does not count here. */
  suppress: z.record(z.string(), z.string().min(1)).default({}),
});
export type Settings = z.infer<typeof settingsSchema>;

export interface Verdict extends Finding {
  rule: Rule;
  /** Why it does not count. */
  suppressed?: string;
}

/** `custom.preflight` of the manifest. */
export function readSettings(given: unknown): Settings {
  const parsed = settingsSchema.safeParse(given ?? {});
  if (!parsed.success)
    throw new UsageError(
      `custom.preflight: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  const unknown = Object.keys(parsed.data.suppress).filter((id) => ruleNamed(id) === undefined);
  if (unknown.length > 0)
    throw new UsageError(
      `custom.preflight.suppress: there is no rule ${unknown.join(', ')}; see sls preflight --list`,
    );
  return parsed.data;
}

export const ruleNamed = (id: string): Rule | undefined => RULES.find((rule) => rule.id === id);

/** Holds the compiled template against every rule; those about an account need one. */
export function judge(
  template: Template,
  { ordersPerSecond, suppress }: Settings,
  account?: Account,
): Verdict[] {
  const compiled = new CompiledTemplate(template);
  return RULES.flatMap((rule) => {
    const reason = suppress[rule.id];
    return rule.find(compiled, { ordersPerSecond, account }).map((finding) => ({
      rule,
      ...finding,
      ...(reason !== undefined && { suppressed: reason }),
    }));
  });
}

export const stopping = (verdicts: Verdict[]): Verdict[] =>
  verdicts.filter(({ rule, suppressed }) => rule.severity === 'error' && suppressed === undefined);
