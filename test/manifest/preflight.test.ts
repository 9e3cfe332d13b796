import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../ops/preflight/account.ts';
import type { Template } from '../../ops/preflight/compiledTemplate.ts';
import { judge, RULES, readSettings, stopping } from '../../ops/preflight/judge.ts';
import type { Fixture } from '../../ops/preflight/rule.ts';
import { compileManifest, PRODUCTION } from './compiledManifest.ts';

const settings = readSettings({ ordersPerSecond: 65 });
/** Nobody else is there, and the stage runs as it would be deployed. */
const ACCOUNT: Account = {
  ...{ quota: 1000, unreserved: 1000, topicMessagesPerSecond: 30_000 },
  running: { QueueWorkerLambdaFunction: { mapping: { maximum: 22, batchSize: 20 } } },
};
const broken = (template: Template, account?: Account): string[] => [
  ...new Set(judge(template, settings, account).map(({ rule }) => rule.id)),
];
const brokenBy = ({ of, ...fixture }: Fixture): string[] =>
  of === 'account'
    ? broken(prod, changed(ACCOUNT, fixture))
    : broken({ Resources: changed(prod.Resources, fixture) });

/** With one value changed. */
function changed<T extends object>(root: T, { at, becomes }: Fixture): T {
  const copy = structuredClone(root);
  const path = [...at];
  const last = path.pop() ?? '';
  let place: object = copy;
  for (const name of path) {
    const next: unknown = Reflect.get(place, name);
    if (typeof next !== 'object' || next === null) throw new Error(`no ${name} of ${at.join('.')}`);
    place = next;
  }
  if (becomes === undefined) Reflect.deleteProperty(place, last);
  else Reflect.set(place, last, becomes);
  return copy;
}

let prod: Template;
let dev: Template;
beforeAll(() => {
  prod = compileManifest('prod', PRODUCTION).template as Template;
  dev = compileManifest('dev').template as Template;
  for (const { Type, Properties } of Object.values(prod.Resources))
    if (Type === 'AWS::ApiGatewayV2::Route')
      Object.assign(Properties ?? {}, { AuthorizationType: 'AWS_IAM' });
}, 120_000);

describe('sls preflight', () => {
  it('has at least 20 rules, each with an id of its own and an address of AWS', () => {
    expect(RULES.length).toBeGreaterThanOrEqual(20);
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { source } of RULES) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });

  it('finds nothing in our template that it does not let pass', () => {
    expect(broken(prod)).toEqual([]);
    expect(broken(prod, ACCOUNT)).toEqual([]);
    expect(stopping(judge(dev, settings))).toEqual([]);
  });

  it.each(RULES.map((rule) => [rule.id, rule.fixture] as const))(
    '%s is broken by its fixture, and no other rule is',
    (id, fixture) => {
      expect(brokenBy(fixture)).toEqual([id]);
    },
  );

  it('lets pass what is suppressed with a reason, and refuses a rule that there is not', () => {
    const rule = RULES.find(({ id }) => id === 'few-receives');
    if (rule === undefined) throw new Error('there is no such rule');
    const suppress = { 'few-receives': 'tried' };

    const template = { Resources: changed(prod.Resources, rule.fixture) };
    expect(stopping(judge(template, { ...settings, suppress }))).toEqual([]);
    expect(() => readSettings({ suppress: { 'no-such-rule': 'x' } })).toThrow('no-such-rule');
    expect(() => readSettings({ suppress: { 'few-receives': '' } })).toThrow('custom.preflight');
  });
});
