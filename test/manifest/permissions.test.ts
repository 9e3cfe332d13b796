import { beforeAll, describe, expect, it } from '@jest/globals';
import { FUNCTION_KEYS } from '../../ops/serviceNames.ts';
import type { PolicyDocument, Statement } from '../permissions/policies.ts';
import {
  faultsOf,
  type Permissions,
  permissionsOf,
  readRecorded,
  STAGES,
} from '../permissions/stages.ts';
import { compileManifest } from './compiledManifest.ts';

const ORDERS = 'arn:aws:dynamodb:us-east-1:000000000000:table/flash-sale-local-orders';

describe.each(Object.entries(STAGES))('The roles of a stage, %s', (name, parameters) => {
  let permissions: Permissions;
  beforeAll(() => {
    const { template } = compileManifest('local', parameters);
    permissions = permissionsOf(template, readRecorded()[name] ?? {});
  }, 60_000);

  /** What is found once the documents of one function are changed. */
  const found = (key: string, change: (documents: PolicyDocument[]) => void): string[] => {
    const planted = structuredClone(permissions);
    change(planted.policies[key] ?? []);
    return faultsOf(planted);
  };
  const foundWith = (key: string, statement: Omit<Statement, 'Effect'>): string[] =>
    found(key, (documents) => {
      documents[0]?.Statement.push({ Effect: 'Allow', ...statement });
    });

  it('allow what was recorded, and nothing else', () => {
    expect(Object.keys(permissions.policies).sort()).toEqual([...FUNCTION_KEYS].sort());
    expect(faultsOf(permissions)).toEqual([]);
  });

  it.each(FUNCTION_KEYS)('are caught when that of %s lacks an action, whichever it is', (key) => {
    const documents = permissions.policies[key] ?? [];
    for (const [at, { Statement }] of documents.entries())
      for (const [index, { Action }] of Statement.entries())
        for (const action of [Action].flat()) {
          const faults = found(key, (planted) => {
            const statement = planted[at]?.Statement[index];
            if (statement) statement.Action = [Action].flat().filter((other) => other !== action);
          });
          expect(faults).not.toEqual([]);
          for (const fault of faults) expect(fault).toContain(`${key} calls ${action} on`);
        }
  });

  it.each(FUNCTION_KEYS)('are caught when that of %s has an action too many', (key) => {
    expect(foundWith(key, { Action: 'dynamodb:DeleteItem', Resource: ORDERS })).toEqual([
      `${key} may call dynamodb:DeleteItem on ${ORDERS}, and never does`,
    ]);
  });

  it('are caught when they name no single action or resource', () => {
    expect(foundWith('orderStatus', { Action: 'dynamodb:*', Resource: ORDERS })).toEqual([
      `orderStatus may call dynamodb:* on ${ORDERS}, which is more than one action`,
    ]);
    expect(foundWith('orderStatus', { Action: 'dynamodb:GetItem', Resource: '*' })).toEqual([
      'orderStatus may call dynamodb:GetItem on *, and no reason is given for the *',
    ]);
  });
});
